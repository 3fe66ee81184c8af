import { useQuery } from "convex/react";
import type { ReactNode } from "react";
import { type Attendee, api, type Meeting, type UserCard } from "../api/functions";
import { Avatar } from "../members/Avatar";
import { elapsed, length } from "../ui/time";
import { Item } from "./Item";
import type { Naming } from "./markdown";
import { HEADINGS, percent } from "./reportText";
import { PARTS, type Report, type ReportItem, type Speaking } from "./types";

type Props = {
  meeting: Meeting;
  report: Report;
  naming: Naming;
  attendees: Attendee[];
  me: string;
  onFault: (words: string | null) => void;
};

/** The statements of a report by their kinds, and the shares of speech. */
export function Sections({ meeting, report, naming, attendees, me, onFault }: Props) {
  const votes = useQuery(api.myVotes, { meetingId: meeting._id });
  return (
    <div className="report-sections">
      {PARTS.filter((part) => report[part].length > 0).map((part) => (
        <Section key={part} title={HEADINGS[part]}>
          {part === "topics" && <Timeline topics={report.topics} zeroMs={naming.zeroMs} endMs={lastMomentOf(report)} />}
          <ul className="report-items">
            {report[part].map((item) => (
              <Item
                key={item.itemId}
                meetingId={meeting._id}
                part={part}
                item={item}
                vote={votes?.find((one) => one.itemId === item.itemId)?.vote}
                naming={naming}
                owners={attendees}
                mayEdit={meeting.userRole !== "observer"}
                onFault={onFault}
              />
            ))}
          </ul>
        </Section>
      ))}
      {report.speaking.length > 0 && (
        <Section title="Speaking time">
          <Shares speaking={report.speaking} people={report.people} naming={naming} me={me} />
        </Section>
      )}
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function lastMomentOf(report: Report): number {
  return Math.max(...PARTS.flatMap((part) => report[part]).flatMap(({ cites }) => cites.map((cite) => cite.startMs)));
}

/** The places of the topics in the meeting. The list below has the same in words. */
function Timeline({ topics, zeroMs, endMs }: { topics: ReportItem[]; zeroMs: number; endMs: number }) {
  const whole = Math.max(1, endMs - zeroMs);
  const marks = topics.flatMap((topic) =>
    topic.cites.map((cite) => ({ key: `${topic.itemId} ${cite.segmentId}`, at: (cite.startMs - zeroMs) / whole })),
  );
  return (
    <div className="timeline" aria-hidden="true">
      {marks.map(({ key, at }) => (
        <span
          key={key}
          className="timeline-mark"
          style={{ insetInlineStart: `${Math.min(100, Math.max(0, at * 100))}%` }}
        />
      ))}
      <small>0:00</small>
      <small>{elapsed(whole)}</small>
    </div>
  );
}

type SharesProps = { speaking: Speaking[]; people: UserCard[]; naming: Naming; me: string };

function Shares({ speaking, people, naming, me }: SharesProps) {
  return (
    <ul className="shares">
      {speaking.map(({ userId, ms, share }) => (
        <li key={userId}>
          <Avatar user={people.find((one) => one._id === userId) ?? { _id: userId }} />
          <span className="share-name">
            <bdi>{naming.nameOf(userId)}</bdi>
            {userId === me && " (you)"}
          </span>
          <span className="muted share-figures">
            {percent(share)}, {length(ms)}
          </span>
          <span className="share-bar" aria-hidden="true">
            <span className="share-fill" style={{ inlineSize: `${share * 100}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}
