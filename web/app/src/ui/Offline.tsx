import { useConvexConnectionState } from "convex/react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { Icon } from "./Icon";

/** Shorter interruptions are not shown. */
const NOTICED_AFTER_MS = 2_000;

/** Says that the server is unreachable, and that the page reconnects. */
export function Offline() {
  const connected = useConvexConnectionState().isWebSocketConnected;
  const online = useSyncExternalStore(subscribe, () => navigator.onLine);
  const [noticed, setNoticed] = useState(false);
  useEffect(() => {
    setNoticed(false);
    if (connected) return;
    const timer = setTimeout(() => setNoticed(true), NOTICED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [connected]);
  return (
    <div className="offline" role="status">
      {noticed && !connected && (
        <p className="alert fair">
          <Icon sign="alert" />
          <span>{wordsFor(online)}</span>
        </p>
      )}
    </div>
  );
}

function wordsFor(online: boolean): string {
  return online
    ? "The server is not responding. This page reconnects automatically."
    : "You are offline. This page reconnects when you are back online.";
}

function subscribe(listener: () => void): () => void {
  for (const kind of ["online", "offline"]) addEventListener(kind, listener);
  return () => {
    for (const kind of ["online", "offline"]) removeEventListener(kind, listener);
  };
}
