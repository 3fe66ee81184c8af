/**
 * Signing in with an OIDC issuer: the authorization code flow with PKCE, as a public client.
 *
 * The browser goes to the issuer and comes back to `/` with a code, which only the page that sent it there can turn
 * into tokens. Tokens live in this tab alone.
 */

import { type Credentials, type Issuer, nowhere, type SignedIn } from "./auth";

type Endpoints = { authorization_endpoint: string; token_endpoint: string; userinfo_endpoint?: string };
type Tokens = { id_token: string; access_token?: string; refresh_token?: string };
type Claims = { sub: string; exp: number; email?: string; name?: string; nonce?: string };
type Journey = { state: string; nonce: string; verifier: string; back: string };

const JOURNEY = "connvo.journey";
const TOKENS = "connvo.tokens";
const SCOPE = "openid profile email offline_access";
const RANDOM_BYTES = 32;
const EARLY_S = 60;

export class SignInFailed extends Error {}

/** Sends the browser to the issuer; it comes back to where it is now. */
export async function depart(way: Issuer): Promise<void> {
  const { authorization_endpoint } = await discover(way.issuer);
  const journey = { state: random(), nonce: random(), verifier: random(), back: location.pathname };
  sessionStorage.setItem(JOURNEY, JSON.stringify(journey));
  const address = new URL(authorization_endpoint);
  const asked = {
    response_type: "code",
    client_id: clientOf(way),
    redirect_uri: home(),
    scope: SCOPE,
    prompt: "consent",
    state: journey.state,
    nonce: journey.nonce,
    code_challenge: await challenge(journey.verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
  location.assign(address);
}

/** Whether the browser is just coming back from an issuer. */
export function arriving(): boolean {
  const given = new URLSearchParams(location.search);
  return location.pathname === "/" && given.has("state") && (given.has("code") || given.has("error"));
}

/** Turns what the issuer gave the browser into tokens; returns where the journey began. Raises SignInFailed. */
export async function arrive(way: Issuer): Promise<string> {
  const given = new URLSearchParams(location.search);
  const journey = JSON.parse(sessionStorage.getItem(JOURNEY) ?? "null") as Journey | null;
  sessionStorage.removeItem(JOURNEY);
  const code = given.get("code");
  if (!journey || given.get("state") !== journey.state) throw new SignInFailed("This sign-in did not begin here.");
  if (!code) throw new SignInFailed(given.get("error_description") ?? "The sign-in was not completed.");
  const tokens = await exchange(way, {
    grant_type: "authorization_code",
    code,
    redirect_uri: home(),
    code_verifier: journey.verifier,
  });
  if (claimsOf(tokens).nonce !== journey.nonce) throw new SignInFailed("The issuer answered another sign-in.");
  sessionStorage.setItem(TOKENS, JSON.stringify(tokens));
  return journey.back;
}

/** The person who signed in in this tab before, if any. */
export function returning(way: Issuer): Credentials | null {
  if (!sessionStorage.getItem(TOKENS)) return null;
  let profile: Pick<SignedIn, "email" | "name"> | null = null;
  const fresh = async (forced: boolean) => {
    const held = JSON.parse(sessionStorage.getItem(TOKENS) ?? "null") as Tokens | null;
    if (!held) return null;
    const stale = claimsOf(held).exp - EARLY_S < Date.now() / 1000;
    const tokens = forced || stale ? ((await renew(way, held)) ?? (stale ? null : held)) : held;
    if (!tokens) return null;
    const { sub } = claimsOf(tokens);
    profile ??= await profileOf(way, tokens);
    return { token: tokens.id_token, subject: sub, ...profile };
  };
  return { fresh };
}

export function forgetTokens(): void {
  sessionStorage.removeItem(TOKENS);
}

async function renew(way: Issuer, held: Tokens): Promise<Tokens | null> {
  if (!held.refresh_token) return null;
  try {
    const renewed = await exchange(way, { grant_type: "refresh_token", refresh_token: held.refresh_token });
    const tokens = { ...held, ...renewed };
    sessionStorage.setItem(TOKENS, JSON.stringify(tokens));
    return tokens;
  } catch (error) {
    if (!(error instanceof SignInFailed)) throw error;
    forgetTokens();
    return null;
  }
}

async function exchange(way: Issuer, form: Record<string, string>): Promise<Tokens> {
  const { token_endpoint } = await discover(way.issuer);
  const response = await fetch(token_endpoint, {
    method: "POST",
    body: new URLSearchParams({ ...form, client_id: clientOf(way) }),
  });
  if (!response.ok) throw new SignInFailed("The issuer did not accept this sign-in: try again.");
  return (await response.json()) as Tokens;
}

/** Address and name, from the token or, where it does not say, from the issuer. */
async function profileOf(way: Issuer, tokens: Tokens): Promise<Pick<SignedIn, "email" | "name">> {
  const claims: Claims = claimsOf(tokens);
  const { userinfo_endpoint } = await discover(way.issuer);
  let told: Partial<Claims> = {};
  if (!claims.email && userinfo_endpoint && tokens.access_token) {
    const response = await fetch(userinfo_endpoint, { headers: { Authorization: `Bearer ${tokens.access_token}` } });
    if (response.ok) told = (await response.json()) as Partial<Claims>;
  }
  const name = claims.name ?? told.name;
  return { email: claims.email ?? told.email ?? nowhere(claims.sub), ...(name !== undefined && { name }) };
}

async function discover(issuer: string): Promise<Endpoints> {
  const response = await fetch(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  if (!response.ok) throw new SignInFailed("The issuer of this server's accounts does not answer.");
  return (await response.json()) as Endpoints;
}

function claimsOf({ id_token }: Tokens): Claims {
  const payload = id_token.split(".")[1] ?? "";
  const bytes = Uint8Array.from(atob(payload.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Claims;
}

function clientOf({ clientId }: Issuer): string {
  if (!clientId) throw new SignInFailed("This server does not say under which client id its page signs people in.");
  return clientId;
}

function home(): string {
  return `${location.origin}/`;
}

async function challenge(verifier: string): Promise<string> {
  return encoded(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

function random(): string {
  return encoded(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
}

function encoded(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
}
