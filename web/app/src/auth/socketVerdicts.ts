/** The server's verdicts on a sign-in, read from the socket: the Convex client does not report them. */

import { WatchedSocket } from "../api/socket";
import type { SignInSession } from "./signInSession";

const AUTH_ERROR = '{"type":"AuthError"';
const TRANSITION = '{"type":"Transition"';
/** The close reason when tokens can be neither accepted nor refused. */
const KEYS_AWAY = "AuthProviderUnreachable";

/** Return a WebSocket class that reports verdicts on the sign-in to this session. */
export function heardBy(session: SignInSession): typeof WebSocket {
  return class extends WatchedSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener("message", ({ data }: MessageEvent<unknown>) => hear(session, data));
      this.addEventListener("close", ({ reason }) => {
        if (reason === KEYS_AWAY) session.unverifiable("The server cannot reach the sign-in provider.");
      });
    }
  };
}

export function hear(session: SignInSession, data: unknown): void {
  if (typeof data !== "string") return;
  if (data.startsWith(TRANSITION)) session.verified();
  if (!data.startsWith(AUTH_ERROR)) return;
  const { error, authUpdateAttempted } = JSON.parse(data) as { error: string; authUpdateAttempted?: boolean };
  session.refused(error, authUpdateAttempted !== false);
}
