import { useQuery } from "convex/react";
import { api, type Meeting, type Member, nameOf } from "../api";
import { ChatLog } from "../components/ChatLog";
import type { Sample } from "../rtc";
import { clock, dayAndClock, length } from "../time";
import { useChat } from "../useChat";

type Props = {
  meeting: Meeting;
  members: Member[];
  me: string;
  average: Sample | null;
  onAgain: (() => void) | null;
};

/** After the call: who was there and how long, how good it was, what was written and what was recorded. */
export function After({ meeting, members, me, average, onAgain }: Props) {
  const there = members.filter((member) => member.joinedAt !== undefined);
  const cancelled = meeting.state === "cancelled";
  return (
    <main className="narrow card after">
      <h1>{cancelled ? "This meeting was cancelled" : onAgain ? "You have left" : "The meeting is over"}</h1>
      <p className="muted">
        <bdi>{meeting.title}</bdi>, {dayAndClock(meeting.scheduledAt ?? meeting.createdAt)}
      </p>
      {!cancelled && (
        <>
          <h2>Who was there</h2>
          {there.length === 0 && <p>Nobody.</p>}
          <ul className="people">
            {there.map((member) => (
              <li key={member._id}>
                <strong>{nameOf(member.user)}</strong>
                <span className="muted">{wordsFor(member)}</span>
              </li>
            ))}
          </ul>
          {average && (
            <>
              <h2>Your connection</h2>
              <p>{inWords(average)}</p>
            </>
          )}
          <Written meetingId={meeting._id} me={me} />
          <Recorded meetingId={meeting._id} />
        </>
      )}
      <div className="row">
        <a className="button primary" href="/">
          My meetings
        </a>
        {onAgain && (
          <button type="button" onClick={onAgain}>
            Come back
          </button>
        )}
      </div>
    </main>
  );
}

function Written({ meetingId, me }: { meetingId: string; me: string }) {
  const chat = useChat(meetingId);
  if (chat.messages.length === 0) return null;
  return (
    <section className="written">
      <h2>What was written</h2>
      <ChatLog chat={chat} me={me} />
    </section>
  );
}

function Recorded({ meetingId }: { meetingId: string }) {
  const files = useQuery(api.recordings, { meetingId })?.flatMap((one) => one.files ?? []) ?? [];
  if (files.length === 0) return null;
  return (
    <section>
      <h2>Recordings</h2>
      <ul className="files">
        {files.map(({ name, url }) => (
          <li key={name}>
            {url ? (
              <a href={url} target="_blank" rel="noopener noreferrer">
                {name}
              </a>
            ) : (
              name
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function inWords({ bitrate, packetLoss, latency, jitter }: Sample): string {
  const kbits = Math.round(bitrate / 1000);
  return (
    `On average a round trip took ${Math.round(latency)} ms and ${packetLoss.toFixed(1)} % of the packets were lost; ` +
    `jitter was ${Math.round(jitter)} ms, and ${kbits} kbit/s came in from each person.`
  );
}

function wordsFor({ joinedAt, leftAt }: Member): string {
  if (joinedAt === undefined) return "";
  if (leftAt === undefined || leftAt < joinedAt) return `since ${clock(joinedAt)}`;
  return `${length(leftAt - joinedAt)}, from ${clock(joinedAt)}`;
}
