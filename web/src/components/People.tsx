import { useMutation } from "convex/react";
import { useState } from "react";
import { api, type Meeting, type Member, messageOf, nameOf } from "../api";
import { InviteLink } from "./InviteLink";
import { SidePanel } from "./SidePanel";

type Props = { meeting: Meeting; me: string; members: Member[]; onClose: () => void };

const PRESENCE = { joined: "in the call", invited: "not here yet", left: "has left" };

/** Who belongs to the meeting, and what a host can do about it. */
export function People({ meeting, me, members, onClose }: Props) {
  const remove = useMutation(api.removeParticipant);
  const promote = useMutation(api.updateRole);
  const [fault, setFault] = useState<string | null>(null);
  const host = meeting.userRole === "host";
  const attempt = (work: Promise<unknown>) => void work.catch((reason) => setFault(messageOf(reason)));
  return (
    <SidePanel title="People" onClose={onClose}>
      <ul className="people">
        {members.map(({ _id, userId, user, role, presence }) => (
          <li key={_id}>
            <span className="who">
              <strong>{userId === me ? `${nameOf(user)} (you)` : nameOf(user)}</strong>
              <span className="muted">
                {role}, {PRESENCE[presence]}
              </span>
            </span>
            {host && userId !== me && (
              <span className="row">
                {role === "participant" && (
                  <button
                    type="button"
                    className="small"
                    onClick={() => attempt(promote({ meetingId: meeting._id, userId, newRole: "host" }))}
                  >
                    Make host<span className="sr-only"> of {nameOf(user)}</span>
                  </button>
                )}
                <button
                  type="button"
                  className="small danger"
                  onClick={() => attempt(remove({ meetingId: meeting._id, userId }))}
                >
                  Remove<span className="sr-only"> {nameOf(user)}</span>
                </button>
              </span>
            )}
          </li>
        ))}
      </ul>
      {fault && <p role="alert">{fault}</p>}
      {host && <InviteLink meetingId={meeting._id} />}
    </SidePanel>
  );
}
