import { useEffect, useState } from "react";

/** A wait beyond this is explained. */
const LONG_MS = 5_000;

/** Something is on its way. */
export function Loading() {
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <main className="narrow" aria-busy="true">
      <p className="muted">Connecting to the server …</p>
      <p className="muted" role="status">
        {long && "This takes longer than usual. The page goes on as soon as the server answers."}
      </p>
    </main>
  );
}
