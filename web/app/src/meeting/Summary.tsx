import { useMutation, useQuery } from "convex/react";
import { type ReactNode, useState } from "react";
import "./Summary.css";
import type { Sample } from "@connvo/rtc";
import { type Attendee, api, type Meeting, type Member, messageOf, nameOf, titleOf } from "../api/functions";
import { TranscriptCard } from "../captions/TranscriptCard";
import { ChatLog } from "../chat/ChatLog";
import { isWebAddress } from "../chat/linkify";
import { useChat } from "../chat/useChat";
import { LazyReport } from "../insights/LazyReport";
import { MatchQuestion } from "../matching/MatchQuestion";
import { Avatar } from "../members/Avatar";
import { NotesCard } from "../notes/NotesCard";
import { Anchor } from "../ui/Anchor";
import { Icon } from "../ui/Icon";
import { TopBar } from "../ui/TopBar";
import { clock, dayAndClock, length } from "../ui/time";
import { attendanceInWords, durationMs, verdictOf } from "./callRecord";
import { endInWords, isOnlyHost } from "./ending";

type Props = {
  meeting: Meeting;
  members: Member[];
  me: string;
  average: Sample | null;
  /** The user has just ended it. */
  ended: boolean;
  account: ReactNode;
  /** Return to a meeting that goes on; null when it is over. */
  onAgain: (() => void) | null;
  onReopen: () => void;
};

/** After the call: next steps, attendance, connection quality, chat and recordings. */
export function Summary({ meeting, members, me, average, ended, account, onAgain, onReopen }: Props) {
  const cancelled = meeting.state === "cancelled";
  const title = cancelled ? "This meeting was cancelled" : onAgain ? "You have left" : "The meeting is over";
  const attendees = useQuery(api.attendees, { meetingId: meeting._id });
  const lasted = durationMs(attendees ?? []);
  const end = useQuery(api.meetingEnd, { meetingId: meeting._id });
  const reopening = !onAgain && end?.reopenableUntil !== undefined ? end.reopenableUntil : null;
  return (
    <>
      <TopBar>{account}</TopBar>
      <main className="after">
        <header className="card after-head">
          <h1>{title}</h1>
          <p className="muted">
            <bdi className="after-title">{titleOf(meeting)}</bdi>
            <span>
              {dayAndClock(meeting.scheduledAt ?? meeting.createdAt)}
              {lasted !== null && !cancelled && ` · ${length(lasted)}`}
            </span>
          </p>
          {!onAgain && end?.endReason && <p>{endInWords(end.endReason, ended || isOnlyHost(members, me))}</p>}
          {reopening !== null && <Reopening meetingId={meeting._id} until={reopening} onOpen={onReopen} />}
          <div className="row">
            {onAgain && (
              <button type="button" className="primary large" onClick={onAgain}>
                Come back
              </button>
            )}
            <a className={onAgain || reopening !== null ? "button large" : "button primary large"} href="/">
              My meetings
            </a>
          </div>
        </header>
        {!cancelled && (
          <>
            <MatchQuestion meetingId={meeting._id} partner={members.find(({ userId }) => userId !== me)?.user} />
            {attendees && !onAgain && <LazyReport meeting={meeting} attendees={attendees} me={me} />}
            {attendees && <Attendance attendees={attendees} me={me} />}
            <Anchor part="notes">
              <NotesCard meeting={meeting} members={members} me={me} />
            </Anchor>
            <TranscriptCard meeting={meeting} me={me} />
            {average && <Connection average={average} />}
            <Written meetingId={meeting._id} me={me} />
            <Recorded meetingId={meeting._id} />
          </>
        )}
      </main>
    </>
  );
}

function Reopening({ meetingId, until, onOpen }: { meetingId: string; until: number; onOpen: () => void }) {
  const reopen = useMutation(api.reopenMeeting);
  const [fault, setFault] = useState<string | null>(null);
  return (
    <>
      <p>Until {clock(until)} it can be opened again under the same link.</p>
      {fault && <p role="alert">{fault}</p>}
      <button
        type="button"
        className="primary large"
        onClick={() => void reopen({ meetingId }).then(onOpen, (reason) => setFault(messageOf(reason)))}
      >
        Open it again
      </button>
    </>
  );
}

function Attendance({ attendees, me }: { attendees: Attendee[]; me: string }) {
  return (
    <section className="card">
      <h2>Who was there</h2>
      {attendees.length === 0 && <p className="muted">Nobody joined this meeting.</p>}
      <ul className="attendees">
        {attendees.map((one) => (
          <li key={one.userId}>
            <Avatar user={one.user} />
            <span className="attendee">
              <strong>
                <bdi>{nameOf(one.user)}</bdi>
                {one.userId === me && " (you)"}
              </strong>
              <span className="muted">{attendanceInWords(one)}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Connection({ average }: { average: Sample }) {
  const { tone, words, more } = verdictOf(average);
  return (
    <section className="card">
      <h2>Your connection</h2>
      <p className="verdict">
        <span className={`tag ${tone}`}>
          <Icon sign={tone === "good" ? "check" : "alert"} />
          {words}
        </span>
      </p>
      {more && <p>{more}</p>}
      <details>
        <summary>Figures</summary>
        <p className="muted">{inFigures(average)}</p>
      </details>
    </section>
  );
}

function Written({ meetingId, me }: { meetingId: string; me: string }) {
  const chat = useChat(meetingId);
  if (chat.messages.length === 0) return null;
  return (
    <Anchor part="chat">
      <section className="card written">
        <h2>Chat</h2>
        <ChatLog chat={chat} me={me} />
      </section>
    </Anchor>
  );
}

function Recorded({ meetingId }: { meetingId: string }) {
  const files = useQuery(api.recordings, { meetingId })?.flatMap((one) => one.files ?? []) ?? [];
  if (files.length === 0) return null;
  return (
    <section className="card">
      <h2>Recordings</h2>
      <ul className="files">
        {files.map(({ name, url }) => (
          <li key={name}>
            {url && isWebAddress(url) ? (
              <a href={url} target="_blank" rel="noopener noreferrer nofollow">
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

function inFigures({ bitrate, packetLoss, latency, jitter }: Sample): string {
  const kbits = Math.round(bitrate / 1000);
  return (
    `On average a round trip took ${Math.round(latency)} ms, ${packetLoss.toFixed(1)} % of the packets were lost, ` +
    `jitter was ${Math.round(jitter)} ms, and ${kbits} kbit/s came in from each person.`
  );
}
