import { useQuery } from "convex/react";
import { useEffect, useState } from "react";
import { api, nameOf, type User } from "../api";
import type { Sample } from "../rtc";
import { isolate } from "../text";
import { useLocalDevices } from "../useLocalMedia";
import { After } from "./After";
import { Lobby } from "./Lobby";
import { NoSuchMeeting } from "./NotFound";
import { Room } from "./Room";

/** One meeting from lobby to follow-up: where in it one is follows from its state. */
export function MeetingPage({ meetingId, me }: { meetingId: string; me: User }) {
  const meeting = useQuery(api.getMeeting, { meetingId });
  const members = useQuery(api.listMembers, meeting ? { meetingId } : "skip");
  const [entered, setEntered] = useState(false);
  const [left, setLeft] = useState(false);
  const [average, setAverage] = useState<Sample | null>(null);
  useEffect(() => {
    document.title = meeting ? `${isolate(meeting.title)} · connvo` : "connvo";
  }, [meeting]);
  const over = meeting?.state === "concluded" || meeting?.state === "cancelled";
  const devices = useLocalDevices(Boolean(meeting && members) && !over && !left);

  if (meeting === undefined || (meeting && members === undefined)) {
    return (
      <main className="narrow" aria-busy="true">
        <p className="muted">Loading …</p>
      </main>
    );
  }
  if (meeting === null || members === undefined) return <NoSuchMeeting />;
  if (over || left) {
    const again = () => {
      setEntered(false);
      setLeft(false);
    };
    return <After meeting={meeting} members={members} me={me._id} average={average} onAgain={over ? null : again} />;
  }
  if (entered && meeting.state === "active") {
    return (
      <Room
        meeting={meeting}
        members={members}
        me={me}
        devices={devices}
        onAverage={setAverage}
        onLeave={() => setLeft(true)}
      />
    );
  }
  return (
    <Lobby meeting={meeting} members={members} name={nameOf(me)} devices={devices} onJoin={() => setEntered(true)} />
  );
}
