/**
 * Signing in with an OIDC provider: the authorization code flow with PKCE, by `oidc-client-ts`.
 *
 * The server gets the ID token: every provider signs one for this page, while access tokens may be opaque. The windows
 * of this browser share their tokens. One window at a time renews refresh tokens that work only once; the others use
 * its result.
 */

import { ErrorResponse, OidcClient, type RefreshState, WebStorageStateStore } from "oidc-client-ts";
import { boundRequestsTo } from "./boundedFetch";
import {
  AWAY,
  answerInAddress,
  type Claims,
  type Credentials,
  claimsOf,
  clearAddress,
  ENDED,
  lifetimeMs,
  NotBegunHere,
  needSecureContext,
  type PendingLogin,
  type Provider,
  type SignedIn,
  SignInFailed,
  SignInNeeded,
  safePath,
  TryLater,
} from "./credentials";
import { type Oidc, placeholderEmail } from "./localAccount";
import { refusalWords, SignInRefused } from "./refusals";
import { forget, lasts, read, write } from "./storage";

type Held = {
  idToken: string;
  refreshToken?: string;
  receivedAt: number;
  profile: { email?: string; name?: string };
};
type Tokens = { id_token?: string; refresh_token?: string; access_token?: string };

const KEY = "connvo.oidc";
const STATE_PREFIX = "connvo.oidc.state.";
const LOCK = "connvo.oidc.renewal";
const LOCKED_WITHIN_MS = 15_000;
/** How long before expiry a token is renewed; short-lived tokens after half their lifetime. */
const EARLY_MS = 60_000;
/** Provider errors after which only signing in again helps (RFC 6749, OpenID Connect Core 3.1.2.6). */
const ENDING = new Set(["invalid_grant", "login_required", "interaction_required", "consent_required"]);
const UNSTORED = "Signing in needs storage in this browser: allow cookies for this page.";

export class OidcProvider implements Provider {
  private client: OidcClient | null = null;

  /** `ask` fetches the sign-in options again: the server may have reached the provider meanwhile. */
  constructor(
    private way: Oidc,
    private readonly ask: () => Promise<Oidc>,
  ) {}

  async beginLogin({ back, popup, otherAccount, reauthenticate }: PendingLogin): Promise<void> {
    needSecureContext();
    if (!lasts()) throw new SignInFailed(UNSTORED);
    const client = await this.ready().catch((reason) => {
      throw new SignInFailed(messageOf(reason));
    });
    const request = await client.createSigninRequest({
      state: { back, popup, otherAccount } satisfies PendingLogin,
      nonce: nonce(),
      ...(otherAccount && { prompt: this.way.otherAccount }),
      ...(reauthenticate && { max_age: 0 }),
    });
    location.assign(request.url);
  }

  async completeLogin(): Promise<PendingLogin | null> {
    const given = answerInAddress();
    if (!given) return null;
    const address = location.href;
    clearAddress();
    const state = given.get("state");
    if (!state || read(STATE_PREFIX + state) === null) throw new NotBegunHere();
    try {
      const client = await this.ready();
      const response = await client.processSigninResponse(address);
      const held = await this.hold(response);
      if (!held) throw new SignInFailed("The sign-in provider did not say who you are.");
      keep(held);
      const login = response.userState as Partial<PendingLogin> | undefined;
      return { back: safePath(login?.back), popup: login?.popup === true, otherAccount: false };
    } catch (reason) {
      if (reason instanceof ErrorResponse) throw new SignInRefused(reason.error, reason.error_description);
      if (/state/i.test(messageOf(reason))) throw new NotBegunHere();
      throw reason instanceof SignInFailed ? reason : new SignInFailed(wordsOf(reason));
    }
  }

  remembered(): Credentials | null {
    return held() ? { fresh: (forced) => this.fresh(forced) } : null;
  }

  async signOut(): Promise<void> {
    const refreshToken = held()?.refreshToken;
    forget(KEY);
    if (!refreshToken || !this.way.endpoints?.revocation) return;
    await this.ready()
      .then((client) => client.revokeToken(refreshToken, "refresh_token"))
      .catch(() => undefined); // The user is signed out here in any case.
  }

  private async fresh(forced: boolean): Promise<SignedIn> {
    const known = held();
    if (!known) throw new SignInNeeded("You have signed out in another window.");
    if (!forced && !aboutToEnd(known)) return signedIn(known);
    try {
      return signedIn(await alone(() => this.renewed(known)));
    } catch (reason) {
      if (!forced && !hasEnded(known)) return signedIn(known);
      throw reason;
    }
  }

  /** Return newer tokens than these, obtained by this window or another. */
  private async renewed(before: Held): Promise<Held> {
    const known = held();
    if (!known) throw new SignInNeeded("You have signed out in another window.");
    if (known.idToken !== before.idToken && !aboutToEnd(known)) return known;
    if (!known.refreshToken) throw new SignInNeeded(ENDED);
    const { sub } = claimsOf(known.idToken);
    let response: Tokens;
    try {
      const client = await this.ready();
      // biome-ignore lint/correctness/useHookAtTopLevel: not a hook
      response = await client.useRefreshToken({ state: stateOf(known.refreshToken, known.idToken) });
    } catch (reason) {
      if (!isEnding(reason)) throw new TryLater(wordsOf(reason));
      const other = held();
      if (other?.refreshToken && other.refreshToken !== known.refreshToken) return other;
      const { refreshToken: _, ...rest } = known;
      keep(rest);
      throw new SignInNeeded(ENDED);
    }
    const renewed = await this.hold(response, known);
    if (!renewed || claimsOf(renewed.idToken).sub !== sub) {
      const refreshToken = response.refresh_token ?? known.refreshToken;
      keep({ ...known, refreshToken });
      throw new SignInNeeded("The sign-in provider does not renew sign-ins.");
    }
    keep(renewed);
    return renewed;
  }

  private async hold(tokens: Tokens, before?: Held): Promise<Held | null> {
    const { id_token, refresh_token = before?.refreshToken } = tokens;
    if (!id_token) return null;
    return {
      idToken: id_token,
      ...(refresh_token && { refreshToken: refresh_token }),
      receivedAt: Date.now(),
      profile: before?.profile ?? (await this.profile(id_token, tokens.access_token)),
    };
  }

  /** Return address and name, from the token or else from the provider. */
  private async profile(idToken: string, accessToken: string | undefined): Promise<Held["profile"]> {
    const claims = claimsOf(idToken);
    const { userinfo } = this.way.endpoints ?? {};
    let told: Claims = {};
    if (!(claims.email && claims.name) && userinfo && accessToken) {
      told = await fetch(userinfo, { headers: { Authorization: `Bearer ${accessToken}` } })
        .then((response) => (response.ok ? (response.json() as Promise<Claims>) : {}))
        .catch(() => ({}));
      if (told.sub !== claims.sub) told = {};
    }
    const email = text(claims.email) ?? text(told.email);
    const name = text(claims.name) ?? text(told.name);
    return { ...(email && { email }), ...(name && { name }) };
  }

  /** Return the client, once the provider's addresses are known. Throws TryLater. */
  private async ready(): Promise<OidcClient> {
    if (this.client) return this.client;
    if (!this.way.endpoints) {
      this.way = await this.ask().catch(() => this.way);
      if (!this.way.endpoints) throw new TryLater(AWAY);
    }
    const { issuer, clientId, scope, parameters, endpoints } = this.way;
    if (!clientId) throw new SignInFailed("This server does not state the client id for signing in.");
    const { authorization, token, userinfo, revocation } = endpoints as NonNullable<Oidc["endpoints"]>;
    const inFull = (address: string) => new URL(address, location.origin).href;
    boundRequestsTo(
      [token, userinfo, revocation].flatMap((address) => (address ? [new URL(inFull(address)).origin] : [])),
    );
    this.client = new OidcClient({
      authority: issuer,
      client_id: clientId,
      redirect_uri: `${location.origin}/`,
      scope,
      extraQueryParams: parameters,
      metadata: {
        issuer,
        authorization_endpoint: authorization,
        token_endpoint: inFull(token),
        ...(revocation && { revocation_endpoint: revocation }),
      },
      stateStore: new WebStorageStateStore({ prefix: STATE_PREFIX, store: localStorage }),
    });
    return this.client;
  }
}

function held(): Held | null {
  try {
    const found = JSON.parse(read(KEY) ?? "null") as Held | null;
    return found && typeof found.idToken === "string" ? found : null;
  } catch {
    return null;
  }
}

function keep(tokens: Held): void {
  write(KEY, JSON.stringify(tokens));
}

function signedIn({ idToken, profile }: Held): SignedIn {
  const subject = String(claimsOf(idToken).sub);
  return {
    token: idToken,
    subject,
    email: profile.email ?? placeholderEmail(subject),
    ...(profile.name && { name: profile.name }),
  };
}

/** Without the former ID token: providers differ in which claims of it they repeat. */
function stateOf(refreshToken: string, idToken: string): RefreshState {
  const profile = claimsOf(idToken) as unknown as RefreshState["profile"];
  return { refresh_token: refreshToken, session_state: null, profile };
}

function aboutToEnd({ idToken, receivedAt }: Held): boolean {
  const life = lifetimeMs(idToken);
  return Date.now() > receivedAt + life - Math.min(EARLY_MS, life / 2);
}

function hasEnded({ idToken, receivedAt }: Held): boolean {
  return Date.now() > receivedAt + lifetimeMs(idToken);
}

/** Run this while no other window of this browser does, where the browser supports locks. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  if (!navigator.locks) return work();
  const signal = AbortSignal.timeout(LOCKED_WITHIN_MS);
  return navigator.locks.request(LOCK, { signal }, work).catch((reason: unknown) => {
    if (reason instanceof DOMException) throw new TryLater("Another window is renewing your sign-in.");
    throw reason;
  }) as Promise<T>;
}

function isEnding(reason: unknown): boolean {
  return reason instanceof ErrorResponse && ENDING.has(reason.error ?? "");
}

/** Return the message to show for a failure. */
function wordsOf(reason: unknown): string {
  if (reason instanceof ErrorResponse) return refusalWords(reason.error);
  if (reason instanceof TypeError || reason instanceof DOMException) return AWAY;
  if (reason instanceof TryLater) return messageOf(reason);
  return "The sign-in provider gave an invalid answer. Try again.";
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function nonce(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
