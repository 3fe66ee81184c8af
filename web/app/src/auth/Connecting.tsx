import { useEffect, useState } from "react";
import { Loading } from "../ui/Loading";
import { Message } from "../ui/Message";
import type { SignInStatus } from "./signInSession";

type Props = { status: SignInStatus; onRetry: () => void; onOtherAccount: (() => void) | null };

/** How long a connection may take before the page says so. */
const SHOWN_AFTER_MS = 4_000;

/** Shown while connecting: soon with words if it takes long, and always with a way back then. */
export function Connecting({ status, onRetry, onOtherAccount }: Props) {
  const late = useElapsed(SHOWN_AFTER_MS);
  const refused = status.state === "refused";
  if (!late && !refused) {
    return <Loading />;
  }
  const actions = (
    <>
      <button type="button" className="primary" onClick={onRetry}>
        Try again
      </button>
      {onOtherAccount && (
        <button type="button" onClick={onOtherAccount}>
          Sign in with another account
        </button>
      )}
      <a className="button quiet" href="/diagnostics">
        Check my connection
      </a>
    </>
  );
  const title = refused ? "The server does not accept your sign-in" : "Still connecting …";
  return (
    <Message title={title} sign={refused ? "shield" : "clock"} home={false} actions={actions}>
      <p role="alert">{status.state === "good" ? "The server is not responding." : status.words}</p>
      <p className="muted">Trying again automatically.</p>
    </Message>
  );
}

/** Return whether this has been shown for `ms`. */
export function useElapsed(ms: number): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return late;
}
