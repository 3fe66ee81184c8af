/**
 * Repeats a call that was interrupted. Every call of `Signalling` is idempotent, so repeating is always safe.
 *
 * Guarantees: a refusal is never retried, and nothing is repeated once the caller has aborted.
 */

import { Interrupted } from "../errors";
import type { Signalling } from "../signalling";
import { sleep } from "../timeouts";

const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 8_000;

/**
 * Return the result of `work`, repeating it with back-off while it is interrupted.
 *
 * `reachable` resolves while there is a connection to the server. Rejects with a refusal, or once `until` is aborted.
 */
export async function retry<T>(work: () => Promise<T>, reachable: () => Promise<void>, until: AbortSignal): Promise<T> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, MAX_WAIT_MS)) {
    until.throwIfAborted();
    try {
      return await unlessAborted(work(), until);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      await unlessAborted(sleep(Math.max(jittered(wait), error.waitMs)).then(reachable), until);
    }
  }
}

/** Return a server that repeats the calls needed to enter a session or room until `until` is aborted. */
export function retrying(server: Signalling, until: AbortSignal): Signalling {
  const again = <T>(work: () => Promise<T>) => retry(work, () => server.reachable(), until);
  return {
    ...server,
    createSession: (sessionId) => again(() => server.createSession(sessionId)),
    enterRoom: (sessionId) => again(() => server.enterRoom(sessionId)),
    enterCall: (sessionId) => again(() => server.enterCall(sessionId)),
  };
}

/** Spread the retries of clients that lost the same server. */
function jittered(ms: number): number {
  return ms * (0.5 + Math.random());
}

function unlessAborted<T>(work: Promise<T>, until: AbortSignal): Promise<T> {
  return new Promise((done, fail) => {
    const stop = () => fail(until.reason);
    until.addEventListener("abort", stop, { once: true });
    work.then(done, fail).finally(() => until.removeEventListener("abort", stop));
  });
}
