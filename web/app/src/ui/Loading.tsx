import "./Loading.css";

/** Shown while loading. Short waits show nothing. */
export function Loading({ words = "Connecting to the server …" }: { words?: string }) {
  return (
    <main className="loading" aria-busy="true">
      <span className="spinner" aria-hidden="true" />
      <p role="status">{words}</p>
    </main>
  );
}
