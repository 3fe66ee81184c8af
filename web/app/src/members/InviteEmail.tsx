import { useMutation, useQuery } from "convex/react";
import { type FormEvent, useId, useState } from "react";
import { api, messageOf } from "../api/functions";
import { addressFault, hasAddress } from "./inviting";
import "./InviteEmail.css";

/** For hosts: invites the owner of an e-mail address. Not where users sign in by name: they have no addresses. */
export function InviteEmail({ meetingId }: { meetingId: string }) {
  const me = useQuery(api.getCurrentUser, {});
  if (!me || !hasAddress(me)) return null;
  return <Form meetingId={meetingId} />;
}

function Form({ meetingId }: { meetingId: string }) {
  const id = useId();
  const invited = useQuery(api.invitedAddresses, { meetingId }) ?? [];
  const invite = useMutation(api.inviteAddress);
  const [text, setText] = useState("");
  const [said, setSaid] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function send(event: FormEvent) {
    event.preventDefault();
    const email = text.trim();
    setSaid("");
    setFault(addressFault(email));
    if (addressFault(email)) return;
    setBusy(true);
    try {
      await invite({ meetingId, email });
      setText("");
      setSaid(`${email} is invited. No e-mail is sent: the invitation is on their start page when they sign in.`);
    } catch (reason) {
      setFault(messageOf(reason));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className="invite-email" noValidate onSubmit={(event) => void send(event)}>
      <label htmlFor={id}>Invite by e-mail</label>
      <div className="invite-email-row">
        <input
          id={id}
          type="email"
          value={text}
          placeholder="name@example.org"
          autoComplete="off"
          onChange={(event) => {
            setText(event.target.value);
            setFault(null);
          }}
          aria-invalid={fault !== null}
          aria-describedby={`${id}-fault`}
        />
        <button type="submit" disabled={busy}>
          Invite
        </button>
      </div>
      <p role="alert" id={`${id}-fault`}>
        {fault}
      </p>
      <p role="status" className="muted outcome">
        {said}
      </p>
      {invited.length > 0 && (
        <ul className="invited" aria-label="Invited by e-mail">
          {invited.map(({ email }) => (
            <li key={email}>
              <bdi>{email}</bdi>
              <span className="tag">Invited</span>
            </li>
          ))}
        </ul>
      )}
    </form>
  );
}
