import { useMutation } from "convex/react";
import { useState } from "react";
import { api, type Meeting, type Member, messageOf, nameOf } from "../api";
import { Confirm } from "./Dialog";
import { InviteLink } from "./InviteLink";
import { SidePanel } from "./SidePanel";

type Props = {
  meeting: Meeting;
  me: string;
  members: Member[];
  /** Who sends sound now, by id. */
  audible: ReadonlySet<string>;
  onClose: () => void;
};

const PRESENCE = { joined: "in the call", invited: "not here yet", left: "has left" };

/** Who belongs to the meeting, and what a host can do about it. */
export function People({ meeting, me, members, audible, onClose }: Props) {
  const remove = useMutation(api.removeParticipant);
  const [leaving, setLeaving] = useState<Member | null>(null);
  const [said, setSaid] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const host = meeting.userRole === "host";
  const meetingId = meeting._id;
  const attempt = (work: Promise<unknown>, done = "") =>
    void work.then(
      () => {
        setSaid(done);
        setFault(null);
      },
      (reason) => setFault(messageOf(reason)),
    );
  return (
    <SidePanel title="People" onClose={onClose}>
      <ul className="people">
        {members.map((member) => (
          <li key={member._id}>
            <span className="who">
              <strong>{member.userId === me ? `${nameOf(member.user)} (you)` : nameOf(member.user)}</strong>
              <span className="muted">
                {member.role}, {PRESENCE[member.presence]}
              </span>
            </span>
            {host && member.userId !== me && (
              <Deeds
                meetingId={meetingId}
                member={member}
                audible={audible.has(member.userId)}
                onAttempt={attempt}
                onRemove={() => setLeaving(member)}
              />
            )}
          </li>
        ))}
      </ul>
      <p role="status" className="muted">
        {said}
      </p>
      {fault && <p role="alert">{fault}</p>}
      {host && <InviteLink meetingId={meetingId} />}
      {leaving && (
        <Confirm
          title={`Remove ${nameOf(leaving.user)}?`}
          text="They are out at once, and the invitation link does not let them in again."
          yes="Remove"
          onYes={() =>
            attempt(remove({ meetingId, userId: leaving.userId }), `${nameOf(leaving.user)} has been removed.`)
          }
          onClose={() => setLeaving(null)}
        />
      )}
    </SidePanel>
  );
}

type DeedsProps = {
  meetingId: string;
  member: Member;
  audible: boolean;
  onAttempt: (work: Promise<unknown>, done?: string) => void;
  onRemove: () => void;
};

/** What a host can do about one of the others. */
function Deeds({ meetingId, member, audible, onAttempt, onRemove }: DeedsProps) {
  const askToMute = useMutation(api.requestMute);
  const setRole = useMutation(api.updateRole);
  const { userId, role, presence } = member;
  const name = nameOf(member.user);
  return (
    <span className="row">
      {presence === "joined" && role !== "observer" && audible && (
        <button
          type="button"
          className="small"
          onClick={() => onAttempt(askToMute({ meetingId, userId }), `${name} has been asked to mute.`)}
        >
          <span>
            Ask <span className="sr-only">{name} </span>to mute
          </span>
        </button>
      )}
      {role === "participant" && (
        <button
          type="button"
          className="small"
          onClick={() => onAttempt(setRole({ meetingId, userId, newRole: "host" }), `${name} is a host now.`)}
        >
          <span>
            Make <span className="sr-only">{name} </span>host
          </span>
        </button>
      )}
      <button type="button" className="small danger" onClick={onRemove}>
        <span>
          Remove<span className="sr-only"> {name}</span>
        </span>
      </button>
    </span>
  );
}
