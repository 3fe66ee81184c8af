/**
 * Signing in with WorkOS, by its own client: it keeps the session, renews it under a lock of all windows, and knows the
 * API.
 */

import { createClient as create, type createClient, LoginRequiredError, RefreshError } from "@workos-inc/authkit-js";
import { boundRequestsTo } from "./boundedFetch";
import {
  AWAY,
  answerInAddress,
  type Credentials,
  claimsOf,
  clearAddress,
  ENDED,
  NotBegunHere,
  needSecureContext,
  type PendingLogin,
  type Provider,
  type SignedIn,
  type SignInFailed,
  SignInNeeded,
  safePath,
  TryLater,
} from "./credentials";
import { placeholderEmail, type Workos } from "./localAccount";
import { SignInRefused } from "./refusals";
import { lasts, read } from "./storage";

type Client = Awaited<ReturnType<typeof createClient>>;

/** The state of a sign-in in the address when the page opens; `login` follows once the code was exchanged. */
type Arrival = { code: boolean; failure: SignInFailed | null; login: Partial<PendingLogin> | null };

const EARLY_S = 60;
/** Where the WorkOS client keeps its session, and the cookie that marks one at the provider. */
const STORED = "workos:refresh-token:";
/** Where it keeps the proof that this window began a sign-in. */
const PROOF = "workos:code-verifier";
/**
 * Where this window keeps the page to come back to. It may hold an invitation, so it must not be in the state, which
 * the provider sees.
 */
const BACK = "connvo.sign-in.back";
const COOKIE = /(?:^|;\s*)workos-has-session=/;

export class WorkosProvider implements Provider {
  private constructor(
    private readonly way: Workos,
    private readonly client: Client,
    private readonly arrival: Arrival,
  ) {}

  static async open(way: Workos): Promise<WorkosProvider> {
    const { clientId, hostname, https, port, cookies } = way;
    boundRequestsTo([`${https ? "https" : "http"}://${hostname}${port ? `:${port}` : ""}`]);
    const arrival = arrivalOf(answerInAddress());
    const client = await create(clientId, {
      apiHostname: hostname,
      https,
      ...(port && { port }),
      redirectUri: `${location.origin}/`,
      devMode: !cookies,
      refreshBufferInterval: EARLY_S,
      onBeforeAutoRefresh: () => false, // The session of this page renews, and reports when it cannot.
      onRedirectCallback: ({ state }) => {
        arrival.login = state ?? {};
      },
    });
    return new WorkosProvider(way, client, arrival);
  }

  async beginLogin({ back, popup, otherAccount }: PendingLogin): Promise<void> {
    needSecureContext();
    if (otherAccount) await this.signOut();
    sessionStorage.setItem(BACK, back);
    await this.client.signIn({ state: { popup } });
  }

  async completeLogin(): Promise<PendingLogin | null> {
    const { code, failure, login } = this.arrival;
    this.arrival.code = false;
    this.arrival.failure = null;
    if (failure) throw failure;
    if (!code) return null;
    if (!login) throw new NotBegunHere();
    const back = sessionStorage.getItem(BACK);
    sessionStorage.removeItem(BACK);
    return { back: safePath(back), popup: login.popup === true, otherAccount: false };
  }

  remembered(): Credentials | null {
    const stored = this.way.cookies ? COOKIE.test(document.cookie) : lasts() && read(STORED + this.way.clientId);
    return this.client.getUser() || stored ? { fresh: (forced) => this.fresh(forced) } : null;
  }

  async signOut(): Promise<void> {
    await this.client.signOut({ navigate: false }).catch(() => undefined); // Without a session there is nothing to end.
  }

  private async fresh(forced: boolean): Promise<SignedIn> {
    let token: string;
    try {
      token = await this.client.getAccessToken({ forceRefresh: forced });
    } catch (reason) {
      if (reason instanceof LoginRequiredError) throw new SignInNeeded(ENDED);
      if (reason instanceof RefreshError && !reason.isTransient) throw new SignInNeeded(ENDED);
      throw new TryLater(AWAY);
    }
    const user = this.client.getUser();
    const subject = String(claimsOf(token).sub);
    const name = [user?.firstName, user?.lastName].filter(Boolean).join(" ");
    return { token, subject, email: user?.email ?? placeholderEmail(subject), ...(name && { name }) };
  }
}

/** Leave only a code in the address that the client can exchange: one of a sign-in that this window began. */
function arrivalOf(answer: URLSearchParams | null): Arrival {
  if (!answer) return { code: false, failure: null, login: null };
  const begun = sessionStorage.getItem(PROOF) !== null;
  if (begun && !answer.has("error")) return { code: true, failure: null, login: null };
  clearAddress();
  sessionStorage.removeItem(PROOF);
  const failure = begun ? new SignInRefused(answer.get("error"), answer.get("error_description")) : new NotBegunHere();
  return { code: false, failure, login: null };
}
