/** The results of signing in: tokens for one person, and errors that say whether more can be had. */

export type SignedIn = { token: string; subject: string; email: string; name?: string };

export type Credentials = {
  /** A token; another one than before when `forced`. Throws SignInNeeded, or TryLater for all that may pass. */
  fresh: (forced: boolean) => Promise<SignedIn>;
};

/** Where a sign-in began, and where it ends. */
export type PendingLogin = {
  back: string;
  /** In a window of its own, which closes when it is done. */
  popup: boolean;
  /** Let people choose who they are. */
  otherAccount: boolean;
  /** Have people prove who they are, although the provider may know them still: their last sign-in was ended. */
  anew?: boolean;
};

/** A way of signing in that leads to the page of a provider and back. */
export interface Provider {
  /** Sends the browser to the provider; it comes back to `/`. Throws SignInFailed. */
  beginLogin(login: PendingLogin): Promise<void>;
  /** Completes a sign-in that comes back just now; null when none does. Throws SignInFailed. */
  completeLogin(): Promise<PendingLogin | null>;
  /** The person who signed in in this browser before, if any. */
  remembered(): Credentials | null;
  signOut(): Promise<void>;
}

/** Only signing in again helps. */
export class SignInNeeded extends Error {}

/** A failure for now: the provider or the network is away; `afterMs` is when it may have passed at the earliest. */
export class TryLater extends Error {
  constructor(
    words: string,
    readonly afterMs = 0,
  ) {
    super(words);
  }
}

/** A sign-in that did not come to its end. */
export class SignInFailed extends Error {}

/** An answer of a provider to a sign-in that did not begin in this browser; signed-in people stay so. */
export class NotBegunHere extends SignInFailed {
  constructor() {
    super(NOT_BEGUN_HERE);
  }
}

export const ENDED = "Your sign-in has ended.";
export const AWAY = "The sign-in provider does not answer.";
export const INSECURE = `Signing in needs a secure connection: open this page with https.`;
export const NOT_BEGUN_HERE = "This sign-in did not begin here, or it took too long: try again.";

/** A provider's answer in the address of this page, if there is one. */
export function answerInAddress(): URLSearchParams | null {
  const given = new URLSearchParams(location.search);
  return location.pathname === "/" && (given.has("code") || given.has("error")) ? given : null;
}

/** Takes a provider's answer out of the address: it works once. */
export function clearAddress(): void {
  history.replaceState(null, "", "/");
}

/** Throws where a page cannot prove that a sign-in is its own. */
export function needSecureContext(): void {
  if (!globalThis.crypto?.subtle) throw new SignInFailed(INSECURE);
}

/** Claims as a token or a provider states them. */
export type Claims = { sub?: unknown; email?: unknown; name?: unknown; exp?: unknown; iat?: unknown };

/** The claims of a token, unverified: that is the server's business. */
export function claimsOf(token: string): Claims {
  const payload = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
  const bytes = Uint8Array.from(atob(payload), (char) => char.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Claims;
}

/** How long a token lives from when it was made, whatever the clock here says. */
export function lifetimeMs(token: string): number {
  try {
    const { exp, iat } = claimsOf(token);
    const seconds = typeof exp === "number" && typeof iat === "number" ? exp - iat : 0;
    return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : 0;
  } catch {
    return 0;
  }
}

/** A path of this page, from data that may have been tampered with. */
export function safePath(path: unknown): string {
  return typeof path === "string" && /^\/(?![/\\])/.test(path) ? path : "/";
}
