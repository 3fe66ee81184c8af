/** The verdicts of the server on a sign-in, read from the socket: the Convex client does not pass them on. */

import { WatchedSocket } from "../api/socket";
import type { SignInSession } from "./signInSession";

const AUTH_ERROR = '{"type":"AuthError"';
const TRANSITION = '{"type":"Transition"';
/** The reason of a closing after which a token can be neither taken nor refused. */
const KEYS_AWAY = "AuthProviderUnreachable";

/** A socket whose news about the sign-in this session hears. */
export function heardBy(session: SignInSession): typeof WebSocket {
  return class extends WatchedSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener("message", ({ data }: MessageEvent<unknown>) => hear(session, data));
      this.addEventListener("close", ({ reason }) => {
        if (reason === KEYS_AWAY) session.doubted("The server cannot reach the sign-in provider.");
      });
    }
  };
}

export function hear(session: SignInSession, data: unknown): void {
  if (typeof data !== "string") return;
  if (data.startsWith(TRANSITION)) session.trusted();
  if (!data.startsWith(AUTH_ERROR)) return;
  const { error, authUpdateAttempted } = JSON.parse(data) as { error: string; authUpdateAttempted?: boolean };
  session.refused(error, authUpdateAttempted !== false);
}
