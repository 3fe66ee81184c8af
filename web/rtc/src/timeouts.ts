/** Timeouts of calls to the server during a recovery. */

import { NoAnswer } from "./errors";

/** A call without an answer by then is repeated; otherwise recovery would stop. */
export const ANSWERED_WITHIN_MS = 15_000;

export function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Return the server's answer. Rejects with NoAnswer after the timeout. */
export function withTimeout<T>(call: Promise<T>): Promise<T> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new NoAnswer()), ANSWERED_WITHIN_MS);
    call.then(done, fail).finally(() => clearTimeout(timer));
  });
}

/** The same for a call that must stop repeating at the timeout. */
export async function withAbort<T>(call: (until: AbortSignal) => Promise<T>): Promise<T> {
  const timeout = new AbortController();
  try {
    return await withTimeout(call(timeout.signal));
  } finally {
    timeout.abort();
  }
}
