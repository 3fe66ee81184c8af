import { useState } from "react";
import { labelOf, type WayIn } from "../auth";
import { hasInk } from "../text";

type Props = {
  way: WayIn;
  invited: boolean;
  fault: string | null;
  onName: (name: string) => void;
  onIssuer: () => void;
};

/** With a real issuer it vouches for people; while the server runs on its own keys, a name is enough. */
export function SignIn({ way, invited, fault, onName, onIssuer }: Props) {
  return (
    <main className="narrow card">
      <h1>connvo</h1>
      <p>{invited ? "You are invited to a meeting." : "Meetings on your own server."}</p>
      {way.mode === "local" ? (
        <ByName onName={onName} />
      ) : (
        <button type="button" className="primary" onClick={onIssuer}>
          {labelOf(way)}
        </button>
      )}
      {fault && <p role="alert">{fault}</p>}
      {way.mode === "local" && (
        <p className="note">
          Development mode: this server takes everybody at their word and checks nobody's identity.
        </p>
      )}
      <p className="muted">
        <a href="/diagnostics">Check my connection</a>
      </p>
    </main>
  );
}

function ByName({ onName }: { onName: (name: string) => void }) {
  const [name, setName] = useState("");
  const [refused, setRefused] = useState(false);
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        setRefused(!hasInk(name));
        if (hasInk(name)) onName(name.trim());
      }}
    >
      <label>
        Your name
        <input
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={80}
          autoComplete="name"
          dir="auto"
        />
      </label>
      {refused && (
        <p role="alert">Others could not see this name: write it with letters or other visible characters.</p>
      )}
      <button type="submit" className="primary" disabled={!name.trim()}>
        Continue
      </button>
    </form>
  );
}
