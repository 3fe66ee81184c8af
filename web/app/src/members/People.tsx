import { useMutation } from "convex/react";
import { type ReactNode, useState } from "react";
import { api, type Meeting, type Member, messageOf, nameOf, type Session } from "../api/functions";
import { Confirm } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { SidePanel } from "../ui/SidePanel";
import { Avatar } from "./Avatar";
import { Door } from "./Door";
import { InviteEmail } from "./InviteEmail";
import { InviteLink, mayInvite } from "./InviteLink";
import { KeptOut } from "./KeptOut";
import { PersonMenu } from "./PersonMenu";
import { useBlocked } from "./useBlocked";
import "./People.css";

type Props = {
  meeting: Meeting;
  me: string;
  members: Member[];
  /** Return a member's newest session in the call. */
  sessionOf: (userId: string) => Session | undefined;
  onClose: () => void;
};

const GROUPS = [
  { presence: "joined", title: "In the call" },
  { presence: "invited", title: "Not here yet" },
  { presence: "left", title: "Left" },
] as const;

/** All members of the meeting, and a host's actions on them. */
export function People({ meeting, me, members, sessionOf, onClose }: Props) {
  const remove = useMutation(api.removeParticipant);
  const blocked = useBlocked();
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
  const groups = GROUPS.map(({ presence, title }) => ({
    title,
    people: members.filter((member) => member.presence === presence),
  }));
  return (
    <SidePanel title="People" count={groups[0]?.people.length ?? 0} onClose={onClose}>
      <div className="panel-body">
        {mayInvite(meeting) && <InviteLink meetingId={meetingId} host={host} />}
        {host && <InviteEmail meetingId={meetingId} />}
        {host && <Door meetingId={meetingId} />}
        <p role="status" className="muted outcome">
          {said}
        </p>
        {fault && <p role="alert">{fault}</p>}
        {groups
          .filter(({ people }) => people.length > 0)
          .map(({ title, people }) => (
            <section key={title} aria-label={title}>
              <h3>{title}</h3>
              <ul className="members">
                {people.map((member) => (
                  <Person
                    key={member.userId}
                    member={member}
                    mine={member.userId === me}
                    session={sessionOf(member.userId)}
                  >
                    {member.userId === me && <span className="no-options" />}
                    {member.userId !== me && (
                      <PersonMenu
                        meetingId={meetingId}
                        member={member}
                        host={host}
                        blocked={blocked.has(member.userId)}
                        audible={sessionOf(member.userId)?.metadata?.audio === true}
                        onAttempt={attempt}
                        onRemove={() => setLeaving(member)}
                      />
                    )}
                  </Person>
                ))}
              </ul>
            </section>
          ))}
        {host && <KeptOut meetingId={meetingId} />}
      </div>
      {leaving && (
        <Confirm
          title={`Remove ${nameOf(leaving.user)}?`}
          text="They leave the call at once. The invitation link changes, so that they do not come back under another name. You can let them in again later, in this panel."
          yes="Remove"
          onYes={() =>
            attempt(
              remove({ meetingId, userId: leaving.userId }),
              `${nameOf(leaving.user)} has been removed. The old invitation link no longer works: copy the new one.`,
            )
          }
          onClose={() => setLeaving(null)}
        />
      )}
    </SidePanel>
  );
}

type PersonProps = { member: Member; mine: boolean; session: Session | undefined; children: ReactNode };

function Person({ member, mine, session, children }: PersonProps) {
  const { role, presence, user } = member;
  return (
    <li>
      <Avatar user={user} />
      <span className="member">
        <span>
          <bdi>{nameOf(user)}</bdi>
          {mine && <span className="muted"> (you)</span>}
        </span>
        {role !== "participant" && <span className="tag">{role === "host" ? "Host" : "Observer"}</span>}
      </span>
      {presence === "joined" && <States session={session} />}
      {children}
    </li>
  );
}

/** Whether a member's microphone and camera are on. */
function States({ session }: { session: Session | undefined }) {
  const sends = session?.metadata;
  if (!sends) return null;
  const camera = !sends.video ? "off" : sends.screen ? "paused" : "on";
  return (
    <span className="states">
      {sends.screen && (
        <span title="Shares a screen">
          <Icon sign="screen" />
          <span className="sr-only">shares a screen,</span>
        </span>
      )}
      <span title={sends.audio ? "Microphone on" : "Muted"} data-off={!sends.audio || undefined}>
        <Icon sign={sends.audio ? "mic" : "micOff"} />
        <span className="sr-only">{sends.audio ? "microphone on," : "muted,"}</span>
      </span>
      <span title={`Camera ${camera}`} data-off={camera !== "on" || undefined}>
        <Icon sign={camera === "on" ? "camera" : "cameraOff"} />
        <span className="sr-only">camera {camera}</span>
      </span>
    </span>
  );
}
