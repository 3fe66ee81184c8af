import { messageOf } from "./api";
import { Loading } from "./components/Loading";
import { Problem } from "./components/Problem";
import { AfterLink } from "./pages/AfterLink";
import { Diagnostics } from "./pages/Diagnostics";
import { Home } from "./pages/Home";
import { MeetingPage } from "./pages/MeetingPage";
import { NotFound } from "./pages/NotFound";
import { SignIn } from "./pages/SignIn";
import { type Route, useRoute } from "./router";
import { Server } from "./Server";
import { type Identity, useCredentials } from "./useCredentials";

/** Which page the address bar asks for, once it is known who asks. */
export function App() {
  const route = useRoute();
  if (route.page === "diagnostics") return <Diagnostics />;
  if (route.page === "lost") return <NotFound />;
  return <SignedIn route={route} />;
}

function SignedIn({ route }: { route: Route }) {
  const identity = useCredentials();
  const { way, credentials, fault } = identity;
  if (!way) return <Loading />;
  if (!credentials) {
    return (
      <SignIn
        way={way}
        invited={route.page === "link"}
        fault={fault ? messageOf(fault) : null}
        onName={identity.byName}
        onIssuer={identity.byIssuer}
      />
    );
  }
  return (
    <Problem key={JSON.stringify(route)}>
      <Pages route={route} identity={identity} />
    </Problem>
  );
}

function Pages({ route, identity }: { route: Route; identity: Identity }) {
  const { credentials, signOut } = identity;
  if (!credentials) return null;
  return (
    <Server credentials={credentials} onSignedOut={signOut}>
      {(me) => {
        if (route.page === "meeting") return <MeetingPage key={route.meetingId} meetingId={route.meetingId} me={me} />;
        if (route.page === "link") return <AfterLink code={route.code} />;
        return <Home me={me} onSignOut={signOut} />;
      }}
    </Server>
  );
}
