import { messageOf, type User } from "./api";
import { AccountMenu } from "./components/AccountMenu";
import { Connecting } from "./components/Connecting";
import { Message } from "./components/Message";
import { Problem } from "./components/Problem";
import { AWAY } from "./identity/credentials";
import { SignInRefused } from "./identity/refusals";
import { AfterLink } from "./pages/AfterLink";
import { Diagnostics } from "./pages/Diagnostics";
import { Home } from "./pages/Home";
import { MeetingPage } from "./pages/MeetingPage";
import { NotFound } from "./pages/NotFound";
import { SignIn } from "./pages/SignIn";
import { type Route, useRoute } from "./router";
import { Server } from "./Server";
import { useCredentials } from "./useCredentials";

/** Which page the address bar asks for, once it is known who asks. */
export function App() {
  const route = useRoute();
  if (route.page === "diagnostics") return <Diagnostics />;
  if (route.page === "lost") return <NotFound />;
  return <SignedIn route={route} />;
}

function SignedIn({ route }: { route: Route }) {
  const identity = useCredentials();
  const { way, credentials, settled, fault, done } = identity;
  if (done) return <SignedInBeside />;
  if (!way || !settled)
    return <Connecting standing={way ? PROVIDER_AWAY : GOOD} onRetry={() => location.reload()} onOtherAccount={null} />;
  if (!credentials) {
    return (
      <SignIn
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
    <Server
      credentials={credentials}
      atProvider={way.mode !== "local"}
      onEnded={identity.ended}
      onOtherAccount={identity.byOther}
      onSignedOut={identity.endedAtServer}
    >
      {(me, token) => (
        <Problem key={JSON.stringify(route)}>
          <Pages
            route={route}
            me={me}
            byName={way.mode === "local"}
            onSignOut={(kept) => identity.signOut(kept, token())}
          />
        </Problem>
      )}
    </Server>
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
  if (route.page === "link") return <AfterLink code={route.code} />;
  return <Home me={me} account={account} />;
}

/** Ends a window in which people signed in beside a call, where the browser does not close it. */
function SignedInBeside() {
  return (
    <Message title="You are signed in again" sign="check" home={false}>
      <p role="status">You can close this window; the other one goes on.</p>
    </Message>
  );
}
