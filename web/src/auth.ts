/**
 * The ways to sign in, and signing in by name. A real issuer vouches for people, see `identity/`. While the server runs
 * on its own keys, a name is enough: the browser keeps a random secret, so typing a name opens no account of another
 * person. The page says so.
 */

import { type Credentials, SignInNeeded, TryLater } from "./identity/credentials";
import { randomId } from "./randomId";
import { forget, read, write } from "./storage";

export type Endpoints = { authorization: string; token: string; userinfo?: string; revocation?: string };
export type Oidc = {
  mode: "oidc";
  issuer: string;
  clientId?: string;
  scope: string;
  parameters: Record<string, string>;
  otherAccount: string;
  /** Absent until the server has heard of the provider. */
  endpoints?: Endpoints;
};
export type Workos = {
  mode: "workos";
  clientId: string;
  hostname: string;
  https: boolean;
  port?: number;
  /** The provider keeps the session in a cookie of its own, in place of this browser's storage. */
  cookies: boolean;
};
export type WayIn = { mode: "local" } | Oidc | Workos;
type Account = { secret: string; name: string };

const KEY = "connvo.account";
const ANSWER_WITHIN_MS = 8_000;
const SERVER_FAULT = 500;

export async function wayIn(): Promise<WayIn> {
  const response = await fetch("/api/auth", { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  if (!response.ok) throw new Error(`The server does not say how to sign in (${response.status}).`);
  return (await response.json()) as WayIn;
}

/** The label of the button that leads to the provider. */
export function labelOf(way: Oidc | Workos): string {
  if (way.mode === "workos") return "Sign in";
  try {
    return `Sign in with ${new URL(way.issuer).hostname}`;
  } catch {
    return "Sign in";
  }
}

/** The person who gave a name in this browser before, if any. */
export function remembered(): Credentials | null {
  const { secret, name } = stored();
  return secret && name ? byName({ secret, name }) : null;
}

/** Takes a name; the account behind it is this browser's, whatever it was called before. */
export function remember(name: string): Credentials {
  const account = { secret: stored().secret ?? randomId(), name };
  write(KEY, JSON.stringify(account));
  return byName(account);
}

/** Forgets the name and keeps the secret: who comes back finds the same meetings. */
export function forgetName(): void {
  const { secret } = stored();
  if (secret) write(KEY, JSON.stringify({ secret }));
  else forget(KEY);
}

function stored(): Partial<Account> {
  try {
    const found: unknown = JSON.parse(read(KEY) ?? "{}");
    return typeof found === "object" && found !== null ? found : {};
  } catch {
    return {};
  }
}

function byName({ secret, name }: Account): Credentials {
  const fresh = async () => {
    const response = await fetch("/api/auth/local", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ subject: secret, name }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    }).catch(() => null);
    if (!response || response.status >= SERVER_FAULT) throw new TryLater("The server cannot be reached.");
    if (response.status === 404) throw new SignInNeeded("Signing in by name is switched off on this server.");
    if (!response.ok) throw new SignInNeeded("The server does not take this name: choose another one.");
    const { token, subject } = (await response.json()) as { token: string; subject: string };
    return { token, subject, email: nowhere(subject) };
  };
  return { fresh };
}

/** Accounts have an address; that of a person without one leads nowhere. */
export function nowhere(subject: string): string {
  return `${subject.toLowerCase().replace(/[^a-z0-9]/g, "-")}@guest.invalid`;
}
