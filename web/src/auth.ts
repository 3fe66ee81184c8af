/**
 * Who I am. With a real issuer it vouches for people, see `oidc.ts`. While the server runs on its own keys, a name is
 * enough: the browser keeps a random secret, so nobody becomes somebody else by typing a name. The page says so.
 */

import { randomId } from "./randomId";

export type SignedIn = { token: string; subject: string; email: string; name?: string };
/** A way to fresh tokens for one and the same person; null when that person has to sign in again. */
export type Credentials = { fresh: (forced: boolean) => Promise<SignedIn | null> };
export type Issuer = { mode: "oidc"; issuer: string; clientId?: string };
export type WayIn = { mode: "local" } | Issuer;
type Account = { secret: string; name: string };

const KEY = "connvo.account";

export async function wayIn(): Promise<WayIn> {
  const response = await fetch("/api/auth");
  if (!response.ok) throw new Error(`The server does not say how to sign in (${response.status}).`);
  return (await response.json()) as WayIn;
}

/** The person who gave a name in this browser before, if any. */
export function remembered(): Credentials | null {
  const { secret, name } = stored();
  return secret && name ? byName({ secret, name }) : null;
}

/** Takes a name; the account behind it is this browser's, whatever it was called before. */
export function remember(name: string): Credentials {
  const account = { secret: stored().secret ?? randomId(), name };
  localStorage.setItem(KEY, JSON.stringify(account));
  return byName(account);
}

/** Forgets the name and keeps the secret: who comes back finds the same meetings. */
export function forgetName(): void {
  const { secret } = stored();
  if (secret) localStorage.setItem(KEY, JSON.stringify({ secret }));
}

function stored(): Partial<Account> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
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
    });
    if (response.status === 404) throw new Error("Signing in by name is switched off on this server.");
    if (!response.ok) throw new Error(`Signing in failed (${response.status}).`);
    const { token, subject } = (await response.json()) as { token: string; subject: string };
    return { token, subject, email: nowhere(subject) };
  };
  return { fresh };
}

/** Accounts have an address; that of a person without one leads nowhere. */
export function nowhere(subject: string): string {
  return `${subject.toLowerCase().replace(/[^a-z0-9]/g, "-")}@guest.invalid`;
}
