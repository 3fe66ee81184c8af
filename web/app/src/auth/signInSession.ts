/**
 * The sign-in of one person over time: hands out tokens, renews them, and says what is wrong while it cannot.
 *
 * It waits for a token rather than give up: until people sign out, the page keeps what it shows and a call goes on.
 * Promises that a failure which may pass is tried again, later and later; that a token which the server refused is not
 * handed out again; and that a session never changes to another account.
 */

import { type Credentials, ENDED, lifetimeMs, type SignedIn, SignInNeeded, TryLater } from "./credentials";

export type Standing =
  | { state: "good" }
  /** It is tried again; `words` say what is in the way. */
  | { state: "waiting"; words: string }
  /** Only signing in again helps. */
  | { state: "ended"; words: string }
  /** The server does not take what the provider gives. */
  | { state: "refused"; words: string };

export type Clock = { now: () => number; wait: (ms: number, signal: AbortSignal) => Promise<void> };

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 30_000;
/** A refused token is replaced this often, in case that it was merely old. */
const MAX_REFUSALS = 2;
const ASK_AGAIN_MS = 15_000;
const MAX_SPARED_MS = 10_000;
const GOOD: Standing = { state: "good" };
const OTHER_PERSON = "Another person has signed in in this browser. Sign in again as yourself.";

class Refused extends Error {}

export class SignInSession {
  private shown: Standing = GOOD;
  private readonly listeners = new Set<() => void>();
  private interruption = new AbortController();
  private turn = 0;
  private closed = false;
  private handed: { token: string; at: number } | null = null;
  private spent: string | null = null;
  private refusals = 0;
  private verdict = ENDED;
  private doubting = false;
  /** The person, once the first token came. */
  who: SignedIn | null = null;

  constructor(
    private readonly credentials: Credentials,
    private readonly clock: Clock = browserClock,
  ) {}

  /** Returns a token, however long it takes; null when the session is closed or asked again meanwhile. */
  async token(forced: boolean): Promise<string | null> {
    const turn = ++this.turn;
    this.interrupt();
    if (forced) await this.spare();
    for (let failures = 0; this.isOn(turn); failures++) {
      try {
        const who = this.checked(await this.next(forced));
        if (!this.isOn(turn)) return null;
        this.who = who;
        this.handed = { token: who.token, at: this.clock.now() };
        if (this.refusals === 0) this.show(GOOD);
        return who.token;
      } catch (reason) {
        if (!this.isOn(turn)) return null;
        this.show(standingOf(reason));
        await this.pause(waitAfter(reason, failures));
        if (reason instanceof Refused) this.refusals = MAX_REFUSALS - 1;
      }
    }
    return null;
  }

  /** The server took the token. */
  accepted(): void {
    this.refusals = 0;
    this.spent = null;
    this.show(GOOD);
  }

  /** The server did not take a token that was `attempted`, or takes the one that it had no longer. */
  refused(words: string, attempted: boolean): void {
    this.spent = this.handed?.token ?? null;
    this.verdict = words;
    if (attempted) this.refusals += 1;
  }

  /** The server cannot tell now whether a token holds. */
  doubted(words: string): void {
    if (this.shown.state !== "good") return;
    this.doubting = true;
    this.show({ state: "waiting", words });
  }

  /** The server shows something: whatever it doubted before, it does not now. */
  trusted(): void {
    if (!this.doubting) return;
    this.doubting = false;
    this.show(GOOD);
  }

  /** Tries again now: on request, after a sign-in in another window, or when the network is back. */
  retry(): void {
    this.interrupt();
  }

  close(): void {
    this.closed = true;
    this.interrupt();
  }

  standing = (): Standing => this.shown;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private async next(forced: boolean): Promise<SignedIn> {
    if (this.refusals >= MAX_REFUSALS) throw new Refused(this.verdict);
    const who = await this.credentials.fresh(forced || this.spent !== null);
    if (who.token !== this.spent) return who;
    throw this.refusals > 0 ? new Refused(this.verdict) : new SignInNeeded(ENDED);
  }

  private checked(who: SignedIn): SignedIn {
    if (this.who && this.who.subject !== who.subject) throw new SignInNeeded(OTHER_PERSON);
    return who;
  }

  /** Keeps a token with a short life for half of it: the Convex client would replace it over and over. */
  private async spare(): Promise<void> {
    if (!this.handed || this.handed.token === this.spent) return;
    const { token, at } = this.handed;
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

  private show(standing: Standing): void {
    if (JSON.stringify(standing) === JSON.stringify(this.shown)) return;
    this.shown = standing;
    for (const listener of this.listeners) listener();
  }
}

function standingOf(reason: unknown): Standing {
  const words = reason instanceof Error ? reason.message : String(reason);
  if (reason instanceof Refused) return { state: "refused", words };
  if (reason instanceof SignInNeeded) return { state: "ended", words };
  if (reason instanceof TryLater) return { state: "waiting", words };
  return { state: "waiting", words: "The sign-in could not be renewed." };
}

function waitAfter(reason: unknown, failures: number): number {
  if (reason instanceof SignInNeeded || reason instanceof Refused) return ASK_AGAIN_MS;
  const least = reason instanceof TryLater ? reason.afterMs : 0;
  return Math.max(least, Math.min(FIRST_WAIT_MS * 2 ** failures, MAX_WAIT_MS));
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
