import { useState } from "react";
import { labelOf, type WayIn } from "../auth";
import { Brand } from "../components/Brand";
import { Icon } from "../components/Icon";
import type { SignInRefused } from "../identity/refusals";
import { hasInk } from "../text";
import { usePageTitle } from "../usePageTitle";
import "./SignIn.css";

type Props = {
  way: WayIn;
  invited: boolean;
  fault: string | null;
  /** The fault is the provider's refusal. */
  refusal: SignInRefused | null;
  onName: (name: string) => void;
  onIssuer: () => void;
  onOtherAccount: () => void;
};

/** With a real issuer it vouches for people; while the server runs on its own keys, a name is enough. */
export function SignIn({ way, invited, fault, refusal, onName, onIssuer, onOtherAccount }: Props) {
  usePageTitle("Sign in");
  const local = way.mode === "local";
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
        {local ? (
          <ByName onName={onName} />
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
        {local && (
          <p className="alert">
            <Icon sign="info" />
            <span>
              This server is set up for trying out: it does not check who people are, and everybody can enter any name.
            </span>
          </p>
        )}
        <a className="button quiet" href="/diagnostics">
          Check my connection
        </a>
      </div>
    </main>
  );
}

function leadOf(local: boolean, invited: boolean): string {
  if (invited) return local ? "Enter your name to see it and join." : "Sign in to see it and join.";
  return local ? "Enter your name to start a meeting or join one." : "Sign in to start a meeting or join one.";
}

function ByName({ onName }: { onName: (name: string) => void }) {
  const [name, setName] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  return (
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
  );
}

function faultOf(name: string): string | null {
  if (!name.trim()) return "Enter a name, so that others know who you are.";
  return hasInk(name) ? null : "Others could not see this name: write it with letters or other visible characters.";
}
