/** The results of signing in: tokens for one user, and errors that tell whether retrying helps. */

export type SignedIn = { token: string; subject: string; email: string; name?: string };

export type Credentials = {
  /** Return a token, a different one when `forced`. Throws SignInNeeded, or TryLater for temporary failures. */
  fresh: (forced: boolean) => Promise<SignedIn>;
};

/** Where a sign-in began, and where it ends. */
export type PendingLogin = {
  back: string;
  /** In a separate window, which closes when it is done. */
  popup: boolean;
  /** Let the user choose an account. */
  otherAccount: boolean;
  /** Require proof of identity even if the provider has a session: the last sign-in was ended. */
  reauthenticate?: boolean;
};

/** A way of signing in through the page of a provider. */
export interface Provider {
  /** Send the browser to the provider; it comes back to `/`. Throws SignInFailed. */
  beginLogin(login: PendingLogin): Promise<void>;
  /** Complete a sign-in on the way back; null if there is none. Throws SignInFailed. */
  completeLogin(): Promise<PendingLogin | null>;
  /** The user who signed in in this browser before, if any. */
  remembered(): Credentials | null;
  signOut(): Promise<void>;
}

/** Only signing in again helps. */
export class SignInNeeded extends Error {}

/** A temporary failure: the provider or the network is unavailable; `afterMs` is the earliest time for a retry. */
export class TryLater extends Error {
  constructor(
    words: string,
    readonly afterMs = 0,
  ) {
    super(words);
  }
}

/** A sign-in that was not completed. */
export class SignInFailed extends Error {}

/** A provider's answer to a sign-in that did not begin in this browser; it signs nobody out. */
export class NotBegunHere extends SignInFailed {
  constructor() {
    super(NOT_BEGUN_HERE);
  }
}

export const ENDED = "Your sign-in has ended.";
export const AWAY = "The sign-in provider is not responding.";
export const INSECURE = `Signing in needs a secure connection: open this page with https.`;
export const NOT_BEGUN_HERE = "This sign-in did not start here, or it took too long. Try again.";

/** Return a provider's answer in the address of this page, if there is one. */
export function answerInAddress(): URLSearchParams | null {
  const given = new URLSearchParams(location.search);
  return location.pathname === "/" && (given.has("code") || given.has("error")) ? given : null;
}

/** Remove a provider's answer from the address: it works only once. */
export function clearAddress(): void {
  history.replaceState(null, "", "/");
}

/** Throw where a page cannot prove that a sign-in is its own. */
export function needSecureContext(): void {
  if (!globalThis.crypto?.subtle) throw new SignInFailed(INSECURE);
}

/** Claims of a token or a provider, unverified. */
export type Claims = { sub?: unknown; email?: unknown; name?: unknown; exp?: unknown; iat?: unknown };

/** Return the claims of a token, unverified: verifying is up to the server. */
export function claimsOf(token: string): Claims {
  const payload = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
  const bytes = Uint8Array.from(atob(payload), (char) => char.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Claims;
}

/** Return the lifetime of a token from its issue, independent of the local clock. */
export function lifetimeMs(token: string): number {
  try {
    const { exp, iat } = claimsOf(token);
    const seconds = typeof exp === "number" && typeof iat === "number" ? exp - iat : 0;
    return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : 0;
  } catch {
    return 0;
  }
}

/** Return a path of this page, from data that may have been tampered with. */
export function safePath(path: unknown): string {
  return typeof path === "string" && /^\/(?![/\\])/.test(path) ? path : "/";
}
