import { useMutation, useQuery } from "convex/react";
import { useState } from "react";
import { api, type Meeting, type Member, messageOf, nameOf } from "../api/functions";
import { CaptionsNotice } from "../captions/CaptionsNotice";
import { Avatar } from "../members/Avatar";
import { Door } from "../members/Door";
import { InviteEmail } from "../members/InviteEmail";
import { InviteLink, mayInvite } from "../members/InviteLink";
import { KeptOut } from "../members/KeptOut";
import { Confirm } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { transcriptsGoTo, whoIsIn } from "./lobbyText";

type Props = { meeting: Meeting; members: Member[]; me: string; onJoin: () => void };

/** The entrance to a call: members in it, what to know before joining, and the button. */
export function Entrance({ meeting, members, me, onJoin }: Props) {
  const host = meeting.userRole === "host";
  const inside = members.filter((member) => member.presence === "joined" && member.userId !== me);
  return (
    <section aria-label="Join the meeting" className="card entrance">
      {meeting.state === "active" && <Inside members={inside} />}
      {meeting.state === "active" && members.some((member) => member.userId === me && member.presence === "joined") && (
        <Elsewhere />
      )}
      <RecordingNotice meetingId={meeting._id} />
      <CaptionsNotice meetingId={meeting._id} />
      <ModelNotice />
      {meeting.state === "active" && (
        <button type="button" className="primary large" onClick={onJoin}>
          Join
        </button>
      )}
      {meeting.state === "scheduled" && (host ? <Opening meetingId={meeting._id} /> : <Waiting />)}
      {mayInvite(meeting) && <InviteLink meetingId={meeting._id} host={host} />}
      {host && <InviteEmail meetingId={meeting._id} />}
      {host && <Door meetingId={meeting._id} />}
      {host && <KeptOut meetingId={meeting._id} />}
      {meeting.state === "scheduled" && host && <Cancelling meetingId={meeting._id} />}
    </section>
  );
}

const MAX_FACES = 4;

function Inside({ members }: { members: Member[] }) {
  return (
    <div className="inside">
      {members.length > 0 && (
        <span className="avatars">
          {members.slice(0, MAX_FACES).map((member) => (
            <Avatar key={member.userId} user={member.user} />
          ))}
        </span>
      )}
      <p role="status">{whoIsIn(members.map((member) => nameOf(member.user)))}</p>
    </div>
  );
}

/** A user is in a call in one window at a time. */
function Elsewhere() {
  return (
    <p className="alert">
      <Icon sign="screen" />
      <span>You are in this call in another window or on another device. Joining here moves it to this one.</span>
    </p>
  );
}

/** Shown from before the first frame is recorded until recording has stopped. */
function RecordingNotice({ meetingId }: { meetingId: string }) {
  const recordings = useQuery(api.recordings, { meetingId }) ?? [];
  const on = recordings.some(({ state }) => state === "starting" || state === "recording" || state === "stopping");
  if (!on) return null;
  return (
    <p className="alert bad">
      <Icon sign="record" />
      <span>This meeting is being recorded.</span>
    </p>
  );
}

/** Members know before they speak that their words may leave the server. */
function ModelNotice() {
  const words = transcriptsGoTo(useQuery(api.reportModel, {})?.model);
  return words && <p className="muted">{words}</p>;
}

function Waiting() {
  return (
    <div className="alert" role="status">
      <Icon sign="clock" />
      <span>
        <strong>The host has not started the meeting yet.</strong> You can wait here and join as soon as it starts.
      </span>
    </div>
  );
}

/** Starts the meeting; long before its time (`early`) as a secondary action. */
export function Opening({ meetingId, early = false }: { meetingId: string; early?: boolean }) {
  const start = useMutation(api.startMeeting);
  const [fault, setFault] = useState<string | null>(null);
  return (
    <>
      <button
        type="button"
        className={early ? "" : "primary large"}
        onClick={() => void start({ meetingId }).catch((reason) => setFault(messageOf(reason)))}
      >
        Start the meeting{early && " now"}
      </button>
      {fault && <p role="alert">{fault}</p>}
    </>
  );
}

export function Cancelling({ meetingId }: { meetingId: string }) {
  const cancel = useMutation(api.cancelMeeting);
  const [asking, setAsking] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  return (
    <div className="cancelling">
      <button type="button" className="quiet danger" onClick={() => setAsking(true)}>
        Cancel the meeting
      </button>
      {fault && <p role="alert">{fault}</p>}
      {asking && (
        <Confirm
          title="Cancel this meeting?"
          text="It will not take place, and its link stops working. This cannot be undone."
          yes="Cancel the meeting"
          no="Keep it"
          onYes={() => void cancel({ meetingId }).catch((reason) => setFault(messageOf(reason)))}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}
