import type { Sample } from "@connvo/rtc";
import { useQuery } from "convex/react";
import { type ReactNode, useEffect, useState } from "react";
import { api, titleOf, type User } from "../api/functions";
import { CallPage } from "../call/CallPage";
import type { Exit } from "../call/useCall";
import { useLocalDevices } from "../call/useLocalMedia";
import { useNow } from "../home/useMeetings";
import { useRoster } from "../roster/useRoster";
import { Loading } from "../ui/Loading";
import { isolate } from "../ui/text";
import { usePageTitle } from "../ui/usePageTitle";
import { Lobby } from "./Lobby";
import { NoSuchMeeting } from "./NotFound";
import { NotLetIn } from "./NotLetIn";
import { OtherWindow } from "./OtherWindow";
import { Planned } from "./Planned";
import { Summary } from "./Summary";

/** How long before its time a meeting has its lobby, with camera and microphone. */
const LOBBY_OPENS_MS = 30 * 60_000;

/** One meeting from lobby to summary; its state decides which page is shown. */
export function MeetingPage({ meetingId, me, account }: { meetingId: string; me: User; account: ReactNode }) {
  const meeting = useQuery(api.getMeeting, { meetingId });
  const roster = useRoster(meeting ? meetingId : null);
  const [entered, setEntered] = useState(false);
  const [exit, setExit] = useState<Exit | null>(null);
  const [ended, setEnded] = useState(false);
  const [average, setAverage] = useState<Sample | null>(null);
  usePageTitle(meeting ? isolate(meeting.title) : null);
  const over = meeting?.state === "concluded" || meeting?.state === "cancelled";
  // Another member may reopen it: this page then waits until its user comes back.
  useEffect(() => {
    if (!over) return setEnded(false);
    setEntered(false);
    setExit({ why: "left" });
  }, [over]);
  const now = useNow();
  const startsAt = meeting?.state === "scheduled" ? meeting.scheduledAt : undefined;
  const early = startsAt !== undefined && startsAt - now > LOBBY_OPENS_MS;
  const watching = entered && meeting?.userRole === "observer";
  const active = Boolean(meeting && roster) && !over && !exit && !watching && !early;
  const devices = useLocalDevices(active);
  const restores = useRestores(active ? devices.resume : null);

  if (meeting === undefined || (meeting && roster === undefined)) {
    return <Loading words="Opening the meeting …" />;
  }
  if (meeting === null || roster === undefined) return <NoSuchMeeting />;
  const { members, sessions } = roster;
  const back = () => setExit(null);
  if (over || exit?.why === "left") {
    const again = () => {
      setEntered(false);
      back();
    };
    return (
      <Summary
        meeting={meeting}
        members={members}
        me={me._id}
        average={average}
        ended={ended}
        account={account}
        onAgain={over ? null : again}
        onReopen={again}
      />
    );
  }
  if (watching) return <NotLetIn title={titleOf(meeting)} why={OBSERVER} onAgain={() => setEntered(false)} />;
  if (exit?.why === "replaced")
    return <OtherWindow meetingId={meetingId} title={titleOf(meeting)} me={me._id} sessions={sessions} onBack={back} />;
  if (exit) return <NotLetIn title={titleOf(meeting)} why={exit.words} onAgain={back} />;
  if (entered && meeting.state === "active") {
    return (
      <CallPage
        key={restores}
        meeting={meeting}
        members={members}
        sessions={sessions}
        me={me}
        devices={devices}
        onAverage={setAverage}
        onExit={setExit}
        onEnded={() => setEnded(true)}
      />
    );
  }
  if (early) {
    return <Planned meeting={meeting} members={members} me={me} account={account} startsAt={startsAt} now={now} />;
  }
  return (
    <Lobby
      meeting={meeting}
      members={members}
      me={me}
      account={account}
      devices={devices}
      onJoin={() => setEntered(true)}
    />
  );
}

const OBSERVER = "You are an observer of this meeting, and observers are not in its call. Ask a host to change that.";

/** Return how often the browser has restored this page from being frozen. It left the call when it was hidden. */
function useRestores(onRestore: (() => void) | null): number {
  const [restores, setThaws] = useState(0);
  useEffect(() => {
    const show = (event: PageTransitionEvent) => {
      if (!event.persisted) return;
      onRestore?.();
      setThaws((before) => before + 1);
    };
    addEventListener("pageshow", show);
    return () => removeEventListener("pageshow", show);
  }, [onRestore]);
  return restores;
}
