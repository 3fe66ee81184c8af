/**
 * The sign-in of one user over time: provides tokens, renews them, and reports problems.
 *
 * It waits for a token rather than give up: until the user signs out, the page stays and a call goes on. Guarantees:
 * temporary failures are retried with back-off, a refused token is not used again, and a session never changes to
 * another account.
 */

import { type Credentials, ENDED, lifetimeMs, type SignedIn, SignInNeeded, TryLater } from "./credentials";

export type SignInStatus =
  | { state: "good" }
  /** A retry is pending; `words` describe the problem. */
  | { state: "waiting"; words: string }
  /** Only signing in again helps. */
  | { state: "ended"; words: string }
  /** The server rejects the provider's tokens. */
  | { state: "refused"; words: string };

export type Clock = { now: () => number; wait: (ms: number, signal: AbortSignal) => Promise<void> };

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 30_000;
/** How often a refused token is replaced, in case it had merely expired. */
const MAX_REFUSALS = 2;
const RETRY_MS = 15_000;
const MAX_SPARED_MS = 10_000;
const GOOD: SignInStatus = { state: "good" };
const OTHER_PERSON = "Another person has signed in in this browser. Sign in again as yourself.";

/** The server's last word about a token: the one that it rejected, how often in a row, and its reason. */
type Verdict = { rejected: string | null; refusals: number; words: string; unverified: boolean };

const ACCEPTED: Verdict = { rejected: null, refusals: 0, words: ENDED, unverified: false };

class Refused extends Error {}

export class SignInSession {
  private shown: SignInStatus = GOOD;
  private readonly listeners = new Set<() => void>();
  private interruption = new AbortController();
  private turn = 0;
  private closed = false;
  private issued: { token: string; at: number } | null = null;
  private verdict: Verdict = ACCEPTED;
  /** The user, once there was a first token. */
  signedIn: SignedIn | null = null;

  constructor(
    private readonly credentials: Credentials,
    private readonly clock: Clock = browserClock,
  ) {}

  /** Return a token, however long it takes; null if the session is closed or asked again meanwhile. */
  async token(forced: boolean): Promise<string | null> {
    const turn = ++this.turn;
    this.interrupt();
    if (forced) await this.delayReplacement();
    for (let failures = 0; this.isOn(turn); failures++) {
      try {
        const signedIn = this.checked(await this.next(forced));
        if (!this.isOn(turn)) return null;
        this.signedIn = signedIn;
        this.issued = { token: signedIn.token, at: this.clock.now() };
        if (this.verdict.refusals === 0) this.show(GOOD);
        return signedIn.token;
      } catch (reason) {
        if (!this.isOn(turn)) return null;
        this.show(statusOf(reason));
        await this.pause(waitAfter(reason, failures));
        if (reason instanceof Refused) this.verdict = { ...this.verdict, refusals: MAX_REFUSALS - 1 };
      }
    }
    return null;
  }

  /** Record that the server accepted the token. */
  accepted(): void {
    this.verdict = { ...this.verdict, rejected: null, refusals: 0 };
    this.show(GOOD);
  }

  /** Record that the server refused a token that was `attempted`, or no longer accepts the present one. */
  refused(words: string, attempted: boolean): void {
    const refusals = this.verdict.refusals + (attempted ? 1 : 0);
    this.verdict = { ...this.verdict, rejected: this.issued?.token ?? null, refusals, words };
  }

  /** Record that the server cannot verify tokens at present. */
  unverifiable(words: string): void {
    if (this.shown.state !== "good") return;
    this.verdict = { ...this.verdict, unverified: true };
    this.show({ state: "waiting", words });
  }

  /** Record that the server delivers data, so earlier doubts no longer count. */
  verified(): void {
    if (!this.verdict.unverified) return;
    this.verdict = { ...this.verdict, unverified: false };
    this.show(GOOD);
  }

  /** Retry now: on request, after a sign-in in another window, or when the network is back. */
  retry(): void {
    this.interrupt();
  }

  close(): void {
    this.closed = true;
    this.interrupt();
  }

  status = (): SignInStatus => this.shown;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private async next(forced: boolean): Promise<SignedIn> {
    if (this.verdict.refusals >= MAX_REFUSALS) throw new Refused(this.verdict.words);
    const signedIn = await this.credentials.fresh(forced || this.verdict.rejected !== null);
    if (signedIn.token !== this.verdict.rejected) return signedIn;
    throw this.verdict.refusals > 0 ? new Refused(this.verdict.words) : new SignInNeeded(ENDED);
  }

  private checked(signedIn: SignedIn): SignedIn {
    if (this.signedIn && this.signedIn.subject !== signedIn.subject) throw new SignInNeeded(OTHER_PERSON);
    return signedIn;
  }

  /** Keep a short-lived token for half its lifetime: the Convex client would replace it again and again. */
  private async delayReplacement(): Promise<void> {
    if (!this.issued || this.issued.token === this.verdict.rejected) return;
    const { token, at } = this.issued;
    await this.pause(at + Math.min(lifetimeMs(token) / 2, MAX_SPARED_MS) - this.clock.now());
  }

  private isOn(turn: number): boolean {
    return !this.closed && turn === this.turn;
  }

  private async pause(ms: number): Promise<void> {
    if (ms > 0) await this.clock.wait(ms, this.interruption.signal);
  }

  private interrupt(): void {
    this.interruption.abort();
    this.interruption = new AbortController();
  }

  private show(status: SignInStatus): void {
    if (JSON.stringify(status) === JSON.stringify(this.shown)) return;
    this.shown = status;
    for (const listener of this.listeners) listener();
  }
}

function statusOf(reason: unknown): SignInStatus {
  const words = reason instanceof Error ? reason.message : String(reason);
  if (reason instanceof Refused) return { state: "refused", words };
  if (reason instanceof SignInNeeded) return { state: "ended", words };
  if (reason instanceof TryLater) return { state: "waiting", words };
  return { state: "waiting", words: "The sign-in could not be renewed." };
}

function waitAfter(reason: unknown, failures: number): number {
  if (reason instanceof SignInNeeded || reason instanceof Refused) return RETRY_MS;
  const minimum = reason instanceof TryLater ? reason.afterMs : 0;
  return Math.max(minimum, Math.min(FIRST_WAIT_MS * 2 ** failures, MAX_WAIT_MS));
}

const browserClock: Clock = {
  now: () => Date.now(),
  wait: (ms, signal) =>
    new Promise((done) => {
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        done();
      });
    }),
};
