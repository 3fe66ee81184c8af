import { useQuery } from "convex/react";
import { useEffect, useState } from "react";
import { api, nameOf, type User } from "../api";
import { stop } from "../media";
import type { Sample } from "../rtc";
import { isolate } from "../text";
import { After } from "./After";
import { type Entry, Lobby } from "./Lobby";
import { NoSuchMeeting } from "./NotFound";
import { Room } from "./Room";

/** One meeting from lobby to follow-up: where in it one is follows from its state. */
export function MeetingPage({ meetingId, me }: { meetingId: string; me: User }) {
  const meeting = useQuery(api.getMeeting, { meetingId });
  const members = useQuery(api.listMembers, meeting ? { meetingId } : "skip");
  const [entry, setEntry] = useState<Entry | null>(null);
  const [left, setLeft] = useState(false);
  const [average, setAverage] = useState<Sample | null>(null);
  useEffect(() => {
    document.title = meeting ? `${isolate(meeting.title)} · connvo` : "connvo";
  }, [meeting]);
  useEffect(() => () => stop(entry?.stream ?? null), [entry]);

  if (meeting === undefined || (meeting && members === undefined)) {
    return (
      <main className="narrow" aria-busy="true">
        <p className="muted">Loading …</p>
      </main>
    );
  }
  if (meeting === null || members === undefined) return <NoSuchMeeting />;
  const over = meeting.state === "concluded" || meeting.state === "cancelled";
  if (over || left) {
    const again = () => {
      setEntry(null);
      setLeft(false);
    };
    return <After meeting={meeting} members={members} me={me._id} average={average} onAgain={over ? null : again} />;
  }
  if (entry && meeting.state === "active") {
    return (
      <Room
        meeting={meeting}
        members={members}
        me={me}
        entry={entry}
        onAverage={setAverage}
        onLeave={() => setLeft(true)}
      />
    );
  }
  return <Lobby meeting={meeting} members={members} name={nameOf(me)} onJoin={setEntry} />;
}
