/**
 * The sign-in options, and signing in by name. A real issuer identifies users, see `oidc.ts` and `workos.ts`. While the
 * server uses its own keys, a name is enough: the browser keeps a random secret per account. Typing a name therefore
 * opens no existing account, neither another user's nor the one used here before. The page says so.
 */

import { randomId } from "@connvo/rtc";
import { type Credentials, SignInNeeded, TryLater } from "./credentials";
import { forget, read, write } from "./storage";

export type Endpoints = { authorization: string; token: string; userinfo?: string; revocation?: string };
export type Oidc = {
  mode: "oidc";
  issuer: string;
  clientId?: string;
  scope: string;
  parameters: Record<string, string>;
  otherAccount: string;
  /** Absent until the server has reached the provider. */
  endpoints?: Endpoints;
};
export type Workos = {
  mode: "workos";
  clientId: string;
  hostname: string;
  https: boolean;
  port?: number;
  /** The provider keeps the session in its own cookie instead of this browser's storage. */
  cookies: boolean;
};
/**
 * `open`: any client that reaches the server may sign in. `closed`: no sign-in from the network this page is shown in.
 */
export type Local = { mode: "local"; open?: boolean; closed?: boolean };
export type SignInOptions = Local | Oidc | Workos;
/** `session` identifies this sign-in: the server issues no token for one that was ended. */
type Account = { secret: string; name: string; session: string };
/** An account that was signed out of and can be resumed in this browser. */
export type KeptAccount = { secret: string; name: string };

const KEY = "connvo.account";
const KEPT_KEY = "connvo.accounts-kept";
const MAX_KEPT = 5;
const ANSWER_WITHIN_MS = 8_000;
const SERVER_FAULT = 500;
const TOO_MANY = 429;
const SIGNED_OUT = "You have been signed out of this account.";
const NOT_OPEN =
  "You cannot sign in by name from here: this server allows it only on the computer that it runs on. Ask the people who run it to let you in.";

export async function signInOptions(): Promise<SignInOptions> {
  const response = await fetch("/api/auth", { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  if (!response.ok) throw new Error(`The server does not say how to sign in (${response.status}).`);
  return (await response.json()) as SignInOptions;
}

/** Return the label of the button that leads to the provider. */
export function labelOf(way: Oidc | Workos): string {
  if (way.mode === "workos") return "Sign in";
  try {
    return `Sign in with ${new URL(way.issuer).hostname}`;
  } catch {
    return "Sign in";
  }
}

/** Return the user who entered a name in this browser before, if any. */
export function remembered(): Credentials | null {
  const { secret, name, session } = stored();
  if (!secret || !name) return null;
  return session ? byName({ secret, name, session }) : begin({ secret, name });
}

/** Create an account of this name; one that is signed in is kept aside. */
export function remember(name: string): Credentials {
  keepAccount();
  return begin({ secret: randomId(), name });
}

/** Resume an account that was kept. */
export function resumeAccount(account: KeptAccount): Credentials {
  keepAccount();
  forgetKept(account);
  return begin(account);
}

/** Sign out, and keep the account for the next user of this browser. */
export function keepAccount(): void {
  const { secret, name } = stored();
  if (secret && name) keep([{ secret, name }, ...kept().filter((one) => one.secret !== secret)].slice(0, MAX_KEPT));
  forget(KEY);
}

/** Sign out, and forget the only key to the account. */
export function forgetAccount(): void {
  forget(KEY);
}

/** Return the accounts that were kept, the latest first. */
export function kept(): KeptAccount[] {
  const found = parsed(KEPT_KEY);
  return Array.isArray(found) ? found.filter((one) => one?.secret && one.name) : [];
}

export function forgetKept({ secret }: KeptAccount): void {
  keep(kept().filter((one) => one.secret !== secret));
}

function keep(accounts: KeptAccount[]): void {
  if (accounts.length > 0) write(KEPT_KEY, JSON.stringify(accounts));
  else forget(KEPT_KEY);
}

function begin({ secret, name }: KeptAccount): Credentials {
  const account = { secret, name, session: randomId() };
  write(KEY, JSON.stringify(account));
  return byName(account);
}

function stored(): Partial<Account> {
  const found = parsed(KEY);
  return typeof found === "object" && found !== null ? found : {};
}

function parsed(key: string): unknown {
  try {
    return JSON.parse(read(key) ?? "null");
  } catch {
    return null;
  }
}

function byName({ secret, name, session }: Account): Credentials {
  const fresh = async () => {
    const response = await fetch("/api/auth/local", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ subject: secret, name, session }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    }).catch(() => null);
    if (!response || response.status >= SERVER_FAULT) throw new TryLater("The server cannot be reached.");
    if (response.status === TOO_MANY) throw tooMany(response);
    if (!response.ok) throw new SignInNeeded(REFUSED.get(response.status) ?? NAME_REFUSED);
    const { token, subject } = (await response.json()) as { token: string; subject: string };
    return { token, subject, email: placeholderEmail(subject) };
  };
  return { fresh };
}

const NAME_REFUSED = "The server does not accept this name. Choose another one.";
const REFUSED = new Map([
  [401, SIGNED_OUT],
  [403, NOT_OPEN],
  [404, "Signing in by name is switched off on this server."],
]);

/** The page retries, but not before the server allows it. */
function tooMany(response: Response): TryLater {
  const seconds = Math.max(1, Number(response.headers.get("retry-after")) || 1);
  const words = `Too many people have signed in from your network. This page tries again in ${seconds} s.`;
  return new TryLater(words, seconds * 1000);
}

/** Accounts have an address; that of a user without one is a placeholder. */
export function placeholderEmail(subject: string): string {
  return `${subject.toLowerCase().replace(/[^a-z0-9]/g, "-")}@guest.invalid`;
}
