import { useConvex } from "convex/react";
import { useState } from "react";
import { api } from "../api/functions";
import { elapsed } from "../ui/time";
import type { Extent } from "./types";

type Props = { meetingId: string; extent: Extent; onJump: (sequence: number) => void };

const STEP_MS = 10_000;
/** In a shorter transcript everything is in view. */
const WORTH_MS = 120_000;

/** Leads to a time of the meeting. */
export function TimeJump({ meetingId, extent: { zeroMs, lastMs }, onJump }: Props) {
  const convex = useConvex();
  const [at, setAt] = useState(0);
  const length = Math.max(0, lastMs - zeroMs);
  if (length < WORTH_MS) return null;
  const go = async (sinceStart: number) => {
    const sequence = await convex.query(api.sequenceAt, { meetingId, atMs: zeroMs + sinceStart });
    if (sequence !== null) onJump(sequence);
  };
  return (
    <label className="time-jump">
      <span>Go to</span>
      <input
        type="range"
        min={0}
        max={length}
        step={STEP_MS}
        value={at}
        aria-valuetext={elapsed(at)}
        onChange={(event) => {
          const chosen = Number(event.target.value);
          setAt(chosen);
          void go(chosen).catch(() => undefined);
        }}
      />
      <output>{elapsed(at)}</output>
    </label>
  );
}
