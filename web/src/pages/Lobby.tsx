import { useMutation } from "convex/react";
import { useEffect, useState } from "react";
import { api, type Meeting, type Member, messageOf, nameOf } from "../api";
import { DevicePicker } from "../components/DevicePicker";
import { InsecureNote } from "../components/Insecure";
import { InviteLink } from "../components/InviteLink";
import { LevelMeter } from "../components/LevelMeter";
import { Tile } from "../components/Tile";
import { type Choice, deviceFault, open, stop } from "../media";
import { dayAndClock } from "../time";

/** What somebody takes along from the lobby into the room. */
export type Entry = { stream: MediaStream; choice: Choice };
type Props = { meeting: Meeting; members: Member[]; name: string; onJoin: (entry: Entry) => void };

/** Before the call: see and hear oneself, choose devices, see who is in. */
export function Lobby({ meeting, members, name, onJoin }: Props) {
  const start = useMutation(api.startMeeting);
  const cancel = useMutation(api.cancelMeeting);
  const [choice, setChoice] = useState<Choice>({ audio: true, video: true });
  const [fault, setFault] = useState<string | null>(null);
  const preview = usePreview(choice);
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
            stream={preview.stream}
            mine
            muted={!choice.audio}
            hidden={!choice.video || !preview.stream}
          />
          <LevelMeter stream={preview.stream} />
        </section>
        <section aria-label="Settings" className="stack">
          <DevicePicker kind="audioinput" choice={choice} devices={preview.devices} onChoice={setChoice} />
          <DevicePicker kind="videoinput" choice={choice} devices={preview.devices} onChoice={setChoice} />
          {preview.fault && <p role="alert">{preview.fault} You can join without.</p>}
          <InsecureNote />
          <Inside members={members} />
          {meeting.state === "active" && (
            <button
              type="button"
              className="primary large"
              disabled={preview.opening}
              onClick={() => onJoin(preview.take(choice))}
            >
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

/** Opens what was chosen. A stream that is taken along is not stopped when the lobby closes. */
function usePreview(choice: Choice) {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [devices, setDevices] = useState<MediaDeviceInfo[]>([]);
  const [fault, setFault] = useState<string | null>(null);
  const [opening, setOpening] = useState(true);
  const [taken] = useState(() => new WeakSet<MediaStream>());
  useEffect(() => {
    let current: MediaStream | null = null;
    let gone = false;
    setOpening(true);
    Promise.resolve()
      .then(() => open(choice))
      .then(async (opened) => {
        current = opened;
        if (gone) return stop(opened);
        setStream(opened);
        setFault(null);
        setDevices(await navigator.mediaDevices.enumerateDevices());
      })
      .catch((error) => {
        setStream(null);
        setFault(deviceFault(error));
      })
      .finally(() => gone || setOpening(false));
    return () => {
      gone = true;
      if (current && !taken.has(current)) stop(current);
    };
  }, [choice, taken]);
  const take = (chosen: Choice): Entry => {
    const kept = stream ?? new MediaStream();
    taken.add(kept);
    return { stream: kept, choice: chosen };
  };
  return { stream, devices, fault, opening, take };
}
