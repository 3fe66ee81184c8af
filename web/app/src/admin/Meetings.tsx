import { useQuery } from "convex/react";
import { dayAndClock } from "../ui/time";
import { admin, type RunningMeeting } from "./api";
import { count } from "./figures";
import { type Column, Table } from "./Table";

const GRADES: Record<string, string> = { excellent: "good", good: "good", fair: "fair", poor: "bad" };

const COLUMNS: Column<RunningMeeting>[] = [
  { label: "Meeting", cell: (one) => <code>{one.meetingId}</code> },
  { label: "Since", cell: (one) => (one.startedAt === undefined ? "–" : dayAndClock(one.startedAt)) },
  { label: "Media by", cell: (one) => one.provider + (one.moves > 0 ? `, moved ${one.moves} times` : "") },
  { label: "In the call", cell: (one) => count(one.joined), numeric: true },
  { label: "Sessions", cell: (one) => counts(one.sessions) },
  { label: "Connections", cell: (one) => <Quality quality={one.quality} /> },
  {
    label: "Reconnecting",
    cell: (one) => (one.reconnecting > 0 ? <span className="tag bad">{one.reconnecting}</span> : "0"),
    numeric: true,
  },
];

/** The meetings that run, with the quality of their connections; no title and no name. */
export function Meetings() {
  const found = useQuery(admin.running, {});
  if (found === undefined) return <p role="status">Loading …</p>;
  const more = found.total - found.meetings.length;
  return (
    <section className="card" aria-labelledby="meetings-heading">
      <h2 id="meetings-heading">Running meetings: {count(found.total)}</h2>
      <Table
        label="Running meetings"
        columns={COLUMNS}
        rows={found.meetings}
        rowKey={(one) => one.meetingId}
        empty="No meeting is running."
      />
      {more > 0 && <p className="muted">{count(more)} older ones are not listed.</p>}
    </section>
  );
}

function Quality({ quality }: { quality: Record<string, number> }) {
  return (
    <span className="tags">
      {Object.entries(quality).map(([grade, number]) => (
        <span key={grade} className={`tag ${GRADES[grade] ?? ""}`}>
          {number} {grade}
        </span>
      ))}
    </span>
  );
}

function counts(sessions: Record<string, number>): string {
  const found = Object.entries(sessions).map(([state, number]) => `${number} ${state}`);
  return found.length > 0 ? found.join(", ") : "none";
}
