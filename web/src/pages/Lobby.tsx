import { useMutation } from "convex/react";
import { useState } from "react";
import { api, type Meeting, type Member, messageOf, nameOf } from "../api";
import { DevicePicker } from "../components/DevicePicker";
import { InsecureNote } from "../components/Insecure";
import { InviteLink } from "../components/InviteLink";
import { LevelMeter } from "../components/LevelMeter";
import { SpeakerPicker } from "../components/SpeakerPicker";
import { Tile } from "../components/Tile";
import type { LocalDevices } from "../devices";
import { dayAndClock } from "../time";
import { useLocalMedia } from "../useLocalMedia";

type Props = { meeting: Meeting; members: Member[]; name: string; devices: LocalDevices; onJoin: () => void };

/** Before the call: see and hear oneself, choose devices, see who is in. */
export function Lobby({ meeting, members, name, devices, onJoin }: Props) {
  const start = useMutation(api.startMeeting);
  const cancel = useMutation(api.cancelMeeting);
  const [fault, setFault] = useState<string | null>(null);
  const media = useLocalMedia(devices);
  const host = meeting.userRole === "host";
  const attempt = (work: Promise<unknown>) => void work.catch((reason) => setFault(messageOf(reason)));

  return (
    <main className="wide lobby">
      <header className="bar">
        <a href="/" className="quiet back">
          ← My meetings
        </a>
      </header>
      <h1>
        <bdi>{meeting.title}</bdi>
      </h1>
      {meeting.scheduledAt && <p className="muted">{dayAndClock(meeting.scheduledAt)}</p>}
      <div className="split">
        <section aria-label="Preview" className="preview">
          <Tile
            name={name}
            stream={media.shown}
            mine
            mirrored={media.mirrored}
            muted={!media.state.audio}
            hidden={!media.state.video}
          />
          <LevelMeter track={media.microphone} />
        </section>
        <section aria-label="Settings" className="stack">
          <DevicePicker kind="audio" media={media} />
          <DevicePicker kind="video" media={media} />
          <SpeakerPicker media={media} />
          <InsecureNote />
          <Inside members={members} />
          {meeting.state === "active" && (
            <button type="button" className="primary large" onClick={onJoin}>
              Join
            </button>
          )}
          {meeting.state === "scheduled" && host && (
            <div className="row">
              <button
                type="button"
                className="primary large"
                onClick={() => attempt(start({ meetingId: meeting._id }))}
              >
                Start the meeting
              </button>
              <button type="button" onClick={() => attempt(cancel({ meetingId: meeting._id }))}>
                Cancel it
              </button>
            </div>
          )}
          {meeting.state === "scheduled" && !host && (
            <p role="status">The host has not started the meeting yet. This page goes on as soon as that happens.</p>
          )}
          {host && <InviteLink meetingId={meeting._id} />}
          {fault && <p role="alert">{fault}</p>}
        </section>
      </div>
    </main>
  );
}

function Inside({ members }: { members: Member[] }) {
  const names = members.filter((member) => member.presence === "joined").map((member) => nameOf(member.user));
  return <p className="muted">{names.length === 0 ? "Nobody is in yet." : `In the call: ${names.join(", ")}`}</p>;
}
