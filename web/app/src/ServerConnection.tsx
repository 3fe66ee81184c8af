import { ConvexProvider, ConvexReactClient, useQuery } from "convex/react";
import { type ReactNode, useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { isSignedOut } from "./api/errors";
import { api, messageOf, type User } from "./api/functions";
import { AccountCard, AccountProblem, SignedOut } from "./auth/AccountProblem";
import { deviceOf } from "./auth/browserInfo";
import { Connecting } from "./auth/Connecting";
import type { Credentials } from "./auth/credentials";
import { SignInNotice } from "./auth/SignInNotice";
import { SignInSession } from "./auth/signInSession";
import { heardBy } from "./auth/socketVerdicts";
import { onSignedIn, signInBeside } from "./auth/windows";
import { Offline } from "./ui/Offline";

type Props = {
  credentials: Credentials;
  /** Users sign in at a provider, possibly in a separate window. */
  atProvider: boolean;
  onEnded: (words: string) => void;
  onOtherAccount: () => void;
  /** Called when the server has ended this sign-in. */
  onSignedOut: () => void;
  /** `token` returns the token that the server accepts now. */
  children: (me: User, token: () => string | null) => ReactNode;
};
type Link = { client: ConvexReactClient; session: SignInSession };

/** How long before its expiry a token is renewed, in seconds. */
const EARLY_S = 30;

/**
 * The one live connection to the server, signed in with these credentials. Problems of the sign-in are shown above the
 * page.
 */
export function ServerConnection({ credentials, atProvider, onEnded, onOtherAccount, onSignedOut, children }: Props) {
  const [link, setLink] = useState<Link | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const [known, setKnown] = useState(false);
  const again = useCallback(() => {
    setError(null);
    setAttempt((count) => count + 1);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt makes another connection
  useEffect(() => {
    const made = connect(credentials, setError);
    setLink(made);
    const retry = () => made.session.retry();
    const ignoreSignIns = onSignedIn(retry);
    const seen = setInterval(() => describe(made.client), SEEN_EVERY_MS);
    addEventListener("online", retry);
    return () => {
      removeEventListener("online", retry);
      ignoreSignIns();
      clearInterval(seen);
      made.session.close();
      void made.client.close();
    };
  }, [credentials, attempt]);
  const status = useSyncExternalStore(link?.session.subscribe ?? never, link?.session.status ?? nothing);
  const { state } = status;
  const words = status.state === "good" ? null : status.words;
  useEffect(() => {
    if (!known && state === "ended" && words) onEnded(words);
  }, [known, state, words, onEnded]);
  useEffect(() => {
    if (known || state !== "refused") return;
    const timer = setTimeout(again, RETRY_MS);
    return () => clearTimeout(timer);
  }, [known, state, again]);
  if (error && isSignedOut(error)) return <SignedOut onSignIn={onSignedOut} />;
  if (error) return <AccountCard error={error} onRetry={again} onOtherAccount={onOtherAccount} />;
  const retry = state === "refused" && !known ? again : () => link?.session.retry();
  const waiting = <Connecting status={status} onRetry={retry} onOtherAccount={onOtherAccount} />;
  if (!link) return waiting;
  return (
    <>
      {known && (
        <SignInNotice
          status={status}
          onRetry={retry}
          onBeside={atProvider ? signInBeside : null}
          onHere={onOtherAccount}
        />
      )}
      <ConvexProvider client={link.client}>
        <Offline />
        <AccountProblem key={attempt} onRetry={again} onOtherAccount={onOtherAccount} onSignedOut={onSignedOut}>
          <Me waiting={waiting} onKnown={setKnown}>
            {(me) => children(me, () => link.session.signedIn?.token ?? null)}
          </Me>
        </AccountProblem>
      </ConvexProvider>
    </>
  );
}

const RETRY_MS = 15_000;
const SEEN_EVERY_MS = 3_600_000;
const never = () => () => undefined;
const GOOD = { state: "good" } as const;
const nothing = () => GOOD;

type MeProps = { waiting: ReactNode; onKnown: (known: boolean) => void; children: (me: User) => ReactNode };

function Me({ waiting, onKnown, children }: MeProps) {
  const me = useQuery(api.getCurrentUser, {});
  const shown = useRef<User | null>(null);
  if (me) shown.current = me;
  const known = shown.current !== null;
  useEffect(() => onKnown(known), [known, onKnown]);
  return shown.current ? children(shown.current) : waiting;
}

/** Return a client whose token renews automatically; the account is created once there is a first token. */
function connect(credentials: Credentials, onError: (error: unknown) => void): Link {
  const session = new SignInSession(credentials);
  const client = new ConvexReactClient(location.origin, {
    skipConvexDeploymentUrlCheck: true,
    webSocketConstructor: heardBy(session),
    unsavedChangesWarning: false,
    initialAuthTokenReuse: true,
    authRefreshTokenLeewaySeconds: EARLY_S,
  });
  let provisioned = false;
  client.setAuth(
    ({ forceRefreshToken }) => session.token(forceRefreshToken),
    (isIn) => {
      if (!isIn) return;
      session.accepted();
      if (provisioned || !session.signedIn) return;
      provisioned = true;
      const { subject, email, name } = session.signedIn;
      client
        .mutation(api.upsertUser, { workosUserId: subject, email, ...(name !== undefined && { displayName: name }) })
        .then(
          () => describe(client),
          (reason) => onError(isSignedOut(reason) ? reason : new Error(messageOf(reason))),
        );
    },
  );
  return { client, session };
}

/** Describe the browser, by which users recognise their sign-ins. */
function describe(client: ConvexReactClient): void {
  client.mutation(api.describeSession, deviceOf(navigator.userAgent)).catch(() => undefined);
}
