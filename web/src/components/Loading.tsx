/** Something is on its way. */
export function Loading() {
  return (
    <main className="narrow" aria-busy="true">
      <p className="muted">Connecting to the server …</p>
    </main>
  );
}
