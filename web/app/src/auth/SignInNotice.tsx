import { useState } from "react";
import { useElapsed } from "./Connecting";
import type { SignInStatus } from "./signInSession";
import "./SignInNotice.css";

type Props = {
  status: SignInStatus;
  onRetry: () => void;
  /** Sign in in a separate window; false if the browser blocks it. Null where users sign in by name. */
  onBeside: (() => boolean) | null;
  onHere: () => void;
};

/** A renewal that fails for less than this is not shown. */
const SHOWN_AFTER_MS = 10_000;

/** Reports a problem with the sign-in above the page; a call goes on. */
export function SignInNotice({ status, ...ways }: Props) {
  if (status.state === "good") return null;
  if (status.state === "waiting") return <Late key="waiting" words={status.words} {...ways} />;
  return <Notice words={status.words} needed {...ways} />;
}

type NoticeProps = Omit<Props, "status"> & { words: string; needed?: boolean };

function Late(props: NoticeProps) {
  return useElapsed(SHOWN_AFTER_MS) ? <Notice {...props} /> : null;
}

function Notice({ words, needed, onRetry, onBeside, onHere }: NoticeProps) {
  const [blocked, setBlocked] = useState(false);
  return (
    <aside className="sign-in-notice" role="alert" aria-label="Sign-in">
      <p>
        {words} {needed ? "You can continue in the meantime." : "Trying again. You can continue in the meantime."}
        {blocked && " Your browser does not open another window; signing in here leaves the call for a moment."}
      </p>
      {onBeside && !blocked && (
        <button type="button" className="primary" onClick={() => setBlocked(!onBeside())}>
          Sign in again
        </button>
      )}
      {(blocked || !onBeside) && (
        <button type="button" className="primary" onClick={onHere}>
          Sign in here
        </button>
      )}
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </aside>
  );
}
