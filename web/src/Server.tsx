import { ConvexProvider, ConvexReactClient, useQuery } from "convex/react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { api, messageOf, type User } from "./api";
import type { Credentials, SignedIn } from "./auth";
import { Loading } from "./components/Loading";
import { Offline } from "./components/Offline";
import { Wire } from "./wire";

type Props = { credentials: Credentials; onSignedOut: () => void; children: (me: User) => ReactNode };

/** The one live connection to the server, signed in with these credentials. */
export function Server({ credentials, onSignedOut, children }: Props) {
  const [client, setClient] = useState<ConvexReactClient | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    const made = connect(credentials, onSignedOut, setError);
    setClient(made);
    return () => void made.close();
  }, [credentials, onSignedOut]);
  if (error) throw error;
  if (!client) return <Loading />;
  return (
    <ConvexProvider client={client}>
      <Offline />
      <Me>{children}</Me>
    </ConvexProvider>
  );
}

function Me({ children }: { children: Props["children"] }) {
  const me = useQuery(api.getCurrentUser, {});
  const shown = useRef<User | null>(null);
  if (me) shown.current = me;
  return shown.current ? children(shown.current) : <Loading />;
}

/** A client whose token renews itself; the account is made when the first one is there. */
function connect(credentials: Credentials, onSignedOut: () => void, onError: (error: unknown) => void) {
  const client = new ConvexReactClient(location.origin, {
    skipConvexDeploymentUrlCheck: true,
    webSocketConstructor: Wire,
    unsavedChangesWarning: false,
  });
  let who: SignedIn | null = null;
  let provisioned = false;
  const token = async ({ forceRefreshToken }: { forceRefreshToken: boolean }) => {
    try {
      who = await retried(() => credentials.fresh(forceRefreshToken));
    } catch (reason) {
      onError(reason);
    }
    if (!who) onSignedOut();
    return who?.token ?? null;
  };
  client.setAuth(token, (isIn) => {
    if (!isIn || provisioned || !who) return;
    provisioned = true;
    const { subject, email, name } = who;
    client
      .mutation(api.upsertUser, { workosUserId: subject, email, ...(name !== undefined && { displayName: name }) })
      .catch((reason) => onError(new Error(messageOf(reason))));
  });
  return client;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

/** Goes on while the server cannot be reached; what it refuses stays refused. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      await new Promise((done) => setTimeout(done, wait));
    }
  }
}
