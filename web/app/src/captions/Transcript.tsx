import { useQuery } from "convex/react";
import { useCallback, useMemo, useRef, useState } from "react";
import { api, type Meeting } from "../api/functions";
import { elapsed, clock as timeOfDay } from "../ui/time";
import { ChunkList } from "./ChunkList";
import { LiveList } from "./LiveList";
import { pageOf } from "./pages";
import { Search } from "./Search";
import { SpeakingTimes } from "./SpeakingTimes";
import { TimeJump } from "./TimeJump";
import { TranscriptMenu } from "./TranscriptMenu";
import type { Mode } from "./types";
import { useMomentJump } from "./useMomentJump";
import "./Transcript.css";

type Props = {
  meeting: Meeting;
  me: string;
  mode: Mode;
  /** Beside the call: it follows what is said. */
  live: boolean;
};

/** The transcript of a meeting: to follow, to search, to correct, and to take along. */
export function Transcript({ meeting, me, mode, live }: Props) {
  const meetingId = meeting._id;
  const extent = useQuery(api.transcriptExtent, { meetingId });
  /** The chunk to show; the same one again when `nth` has changed. */
  const [target, setTarget] = useState<{ sequence: number; nth: number } | null>(null);
  const jump = useCallback((sequence: number) => setTarget((last) => ({ sequence, nth: (last?.nth ?? 0) + 1 })), []);
  const follow = useCallback(() => setTarget(null), []);
  const section = useRef<HTMLElement>(null);
  useMomentJump(meetingId, section, jump);
  const zeroMs = extent?.zeroMs ?? null;
  const timeOf = useMemo(
    () => (at: number) => (live || zeroMs === null ? timeOfDay(at) : elapsed(Math.max(0, at - zeroMs))),
    [live, zeroMs],
  );
  if (extent === undefined) return <p className="muted transcript-none">Loading …</p>;
  if (extent === null || extent.chunks === 0) {
    if (live && mode === "captions") return <LiveList meetingId={meetingId} />;
    if (live && mode === "off") return null;
    return <p className="muted transcript-none">{live ? "Nothing has been said yet." : "No words were kept."}</p>;
  }
  return (
    <section className="transcript" aria-label="Transcript" ref={section}>
      <div className="transcript-bar">
        <Search meetingId={meetingId} timeOf={timeOf} onJump={jump} />
        <TranscriptMenu meeting={meeting} me={me} timeOf={timeOf} />
      </div>
      {!live && <TimeJump meetingId={meetingId} extent={extent} onJump={jump} />}
      <SpeakingTimes meetingId={meetingId} />
      <ChunkList
        key={target === null ? "all" : `${target.sequence} ${target.nth}`}
        meeting={meeting}
        me={me}
        lastPage={pageOf(extent.lastSequence)}
        target={target?.sequence ?? null}
        live={live}
        timeOf={timeOf}
        onFollow={follow}
      />
    </section>
  );
}
