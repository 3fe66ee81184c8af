import "./Loading.css";

/** Something is on its way. Short waits show nothing; a longer one than that is told where it is waited for. */
export function Loading({ words = "Connecting to the server …" }: { words?: string }) {
  return (
    <main className="loading" aria-busy="true">
      <span className="spinner" aria-hidden="true" />
      <p role="status">{words}</p>
    </main>
  );
}
