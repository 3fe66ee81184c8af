import { LazyAdmin } from "./admin/LazyAdmin";
import { messageOf, type User } from "./api/functions";
import { AccountMenu } from "./auth/AccountMenu";
import { Connecting } from "./auth/Connecting";
import { AWAY } from "./auth/credentials";
import { SignInRefused } from "./auth/refusals";
import { SignInPage } from "./auth/SignInPage";
import { useCredentials } from "./auth/useCredentials";
import { DiagnosticsPage } from "./diagnostics/DiagnosticsPage";
import { HomePage } from "./home/HomePage";
import { LazyMeetPage } from "./matching/LazyMeetPage";
import { JoinByLink } from "./meeting/JoinByLink";
import { MeetingPage } from "./meeting/MeetingPage";
import { NotFound } from "./meeting/NotFound";
import { ServerConnection } from "./ServerConnection";
import { ErrorBoundary } from "./ui/ErrorBoundary";
import { Message } from "./ui/Message";
import { type Route, useRoute } from "./ui/router";

/** The page for the present address, once it is known who is signed in. */
export function App() {
  const route = useRoute();
  if (route.page === "diagnostics") return <DiagnosticsPage />;
  if (route.page === "lost") return <NotFound />;
  return <SignedIn route={route} />;
}

function SignedIn({ route }: { route: Route }) {
  const identity = useCredentials();
  const { way, credentials, settled, fault, done } = identity;
  if (done) return <SignedInBeside />;
  if (!way || !settled)
    return <Connecting status={way ? PROVIDER_AWAY : GOOD} onRetry={() => location.reload()} onOtherAccount={null} />;
  if (!credentials) {
    return (
      <SignInPage
        way={way}
        invited={route.page === "link"}
        fault={fault ? messageOf(fault) : null}
        refusal={fault instanceof SignInRefused ? fault : null}
        onName={identity.byName}
        onKept={identity.byKept}
        onIssuer={identity.byIssuer}
        onOtherAccount={identity.byOther}
      />
    );
  }
  return (
    <ServerConnection
      credentials={credentials}
      atProvider={way.mode !== "local"}
      onEnded={identity.ended}
      onOtherAccount={identity.byOther}
      onSignedOut={identity.endedAtServer}
    >
      {(me, token) => (
        <ErrorBoundary key={JSON.stringify(route)}>
          <Pages
            route={route}
            me={me}
            byName={way.mode === "local"}
            onSignOut={(kept) => identity.signOut(kept, token())}
          />
        </ErrorBoundary>
      )}
    </ServerConnection>
  );
}

const GOOD = { state: "good" } as const;
const PROVIDER_AWAY = { state: "waiting", words: AWAY } as const;

type PagesProps = { route: Route; me: User; byName: boolean; onSignOut: (kept: boolean) => void };

function Pages({ route, me, byName, onSignOut }: PagesProps) {
  const account = <AccountMenu me={me} byName={byName} onSignOut={onSignOut} />;
  if (route.page === "meeting") {
    return <MeetingPage key={route.meetingId} meetingId={route.meetingId} me={me} account={account} />;
  }
  if (route.page === "link") return <JoinByLink code={route.code} />;
  if (route.page === "meet") return <LazyMeetPage account={account} />;
  if (route.page === "admin") return <LazyAdmin section={route.section} account={account} />;
  return <HomePage me={me} account={account} />;
}

/** Closes the window of a sign-in beside a call, or says that it can be closed where the browser does not allow it. */
function SignedInBeside() {
  return (
    <Message title="You are signed in again" sign="check" home={false}>
      <p role="status">You can close this window and continue in the other one.</p>
    </Message>
  );
}
