import { useState } from "react";
import { Brand } from "../ui/Brand";
import { Confirm } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { hasVisibleText, isolate } from "../ui/text";
import { usePageTitle } from "../ui/usePageTitle";
import { forgetKept, type KeptAccount, kept, type Local, labelOf, type SignInOptions } from "./localAccount";
import type { SignInRefused } from "./refusals";
import "./SignInPage.css";

type Props = {
  way: SignInOptions;
  invited: boolean;
  fault: string | null;
  /** Set if the fault is the provider's refusal. */
  refusal: SignInRefused | null;
  onName: (name: string) => void;
  onKept: (account: KeptAccount) => void;
  onIssuer: () => void;
  onOtherAccount: () => void;
};

/** The sign-in page: through the provider, or by name while the server uses its own keys. */
export function SignInPage({ way, invited, fault, refusal, onName, onKept, onIssuer, onOtherAccount }: Props) {
  usePageTitle("Sign in");
  const local = way.mode === "local";
  if (way.mode === "local" && way.closed) return <Closed />;
  return (
    <main className="narrow sign-in">
      <Brand />
      <div className="card">
        <h1>{invited ? "You are invited to a meeting" : "Meet face to face"}</h1>
        <p className="muted">{leadOf(local, invited)}</p>
        {fault && (
          <p role="alert" className="alert bad">
            <Icon sign="alert" />
            <span>
              {fault}
              {refusal?.told && (
                <>
                  {" "}
                  The provider says: <q dir="auto">{refusal.told}</q>
                </>
              )}
            </span>
          </p>
        )}
        {way.mode === "local" ? (
          <ByName onName={onName} onKept={onKept} />
        ) : (
          <button type="button" className="primary large" onClick={onIssuer}>
            {refusal ? "Try again" : labelOf(way)}
          </button>
        )}
        {refusal && (
          <button type="button" onClick={onOtherAccount}>
            Sign in with another account
          </button>
        )}
        {way.mode === "local" && (
          <p className={way.open ? "alert fair" : "alert"}>
            <Icon sign={way.open ? "alert" : "info"} />
            <span>{noticeOf(way)}</span>
          </p>
        )}
        <a className="button quiet" href="/diagnostics">
          Check my connection
        </a>
      </div>
    </main>
  );
}

/** Replaces the form where the server allows no sign-in by name. */
function Closed() {
  return (
    <main className="narrow sign-in">
      <Brand />
      <div className="card">
        <h1>You cannot sign in from here</h1>
        <p role="alert" className="alert fair">
          <Icon sign="alert" />
          <span>
            On this server people sign in by name, and only on the computer that it runs on. You have come from another
            computer or address.
          </span>
        </p>
        <p>Ask the people who run this server to let you in.</p>
        <p className="muted">
          If you run it, set up a sign-in provider, or set <code>CONNVO_AUTH_OPEN=true</code> to let in anyone who can
          reach it. Then restart it.
        </p>
        <a className="button quiet" href="/diagnostics">
          Check my connection
        </a>
      </div>
    </main>
  );
}

function noticeOf({ open }: Local): string {
  if (open) return "Anyone who can reach this server can join under any name: it does not check who people are.";
  return "This server is set up for trials: it does not check who people are, and anyone can use any name.";
}

function leadOf(local: boolean, invited: boolean): string {
  if (invited) return local ? "Enter your name to see it and join." : "Sign in to see it and join.";
  return local ? "Enter your name to start a meeting or join one." : "Sign in to start a meeting or join one.";
}

type ByNameProps = { onName: (name: string) => void; onKept: (account: KeptAccount) => void };

function ByName({ onName, onKept }: ByNameProps) {
  const [name, setName] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const [accounts, setAccounts] = useState(kept);
  const drop = (account: KeptAccount) => {
    forgetKept(account);
    setAccounts(kept());
  };
  return (
    <>
      {accounts.length > 0 && <Kept accounts={accounts} onKept={onKept} onForget={drop} />}
      <form
        className="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setFault(faultOf(name));
          if (!faultOf(name)) onName(name.trim());
        }}
      >
        <label>
          Your name
          <input
            value={name}
            onChange={(event) => setName(event.target.value)}
            maxLength={80}
            required
            aria-invalid={fault !== null}
            aria-describedby="name-fault"
            autoComplete="name"
            dir="auto"
          />
        </label>
        <p role="alert" id="name-fault">
          {fault}
        </p>
        <button type="submit" className="primary large">
          Continue
        </button>
      </form>
    </>
  );
}

type KeptProps = {
  accounts: KeptAccount[];
  onKept: (account: KeptAccount) => void;
  onForget: (account: KeptAccount) => void;
};

/** Accounts that were signed out of and kept in this browser. Another name makes another account. */
function Kept({ accounts, onKept, onForget }: KeptProps) {
  const [asked, setAsked] = useState<KeptAccount | null>(null);
  return (
    <>
      <ul className="kept" aria-label="Accounts in this browser">
        {accounts.map((account) => (
          <li key={account.secret} className="row">
            <button type="button" className="grow" onClick={() => onKept(account)}>
              <span>
                Sign in as <bdi>{account.name}</bdi>
              </span>
            </button>
            <button
              type="button"
              className="quiet icon-button"
              aria-label={`Forget ${isolate(account.name)}`}
              title={`Forget ${isolate(account.name)}`}
              onClick={() => setAsked(account)}
            >
              <Icon sign="close" />
            </button>
          </li>
        ))}
      </ul>
      <p className="muted">Or enter a name to create another account.</p>
      {asked && (
        <Confirm
          title="Forget this account?"
          text={`This browser holds the only key to the account of ${isolate(asked.name)}. Nobody can open it afterwards.`}
          yes="Forget"
          onYes={() => onForget(asked)}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}

function faultOf(name: string): string | null {
  if (!name.trim()) return "Enter a name, so that others know who you are.";
  return hasVisibleText(name) ? null : "Others could not see this name. Use letters or other visible characters.";
}
