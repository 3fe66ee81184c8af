/** How long a recovery waits: as long as the server asks it to, and not without end for the server itself. */

import { NoAnswer } from "./errors";

/** A question that is not answered by then is asked again, or nothing would be tried any more. */
export const ANSWERED_WITHIN_MS = 15_000;

export function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Return what the server answers. Rejects when it has said nothing for too long. */
export function withTimeout<T>(call: Promise<T>): Promise<T> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new NoAnswer()), ANSWERED_WITHIN_MS);
    call.then(done, fail).finally(() => clearTimeout(timer));
  });
}

/** The same for a call that stops being repeated then. */
export async function withAbort<T>(call: (until: AbortSignal) => Promise<T>): Promise<T> {
  const timeout = new AbortController();
  try {
    return await withTimeout(call(timeout.signal));
  } finally {
    timeout.abort();
  }
}
