/** A finished meeting in words, from its attendance and connection quality. */

import type { Sample } from "@connvo/rtc";
import type { Attendee } from "../api/functions";
import { clock, length } from "../ui/time";

/**
 * Return the time from the first arrival to the last departure in ms; null while a member is in, or if there never was
 * one.
 */
export function durationMs(attendees: Attendee[]): number | null {
  if (attendees.length === 0 || attendees.some(({ since }) => since !== undefined)) return null;
  const came = attendees.map(({ cameAt }) => cameAt);
  const left = attendees.map(({ cameAt, leftAt }) => leftAt ?? cameAt);
  return Math.max(...left) - Math.min(...came);
}

/** A shorter break is not mentioned. */
const SHORT_BREAK_MS = 60_000;

/** Return when a member joined, and how long they were in the call in all. */
export function attendanceInWords({ cameAt, leftAt, since, stayedMs }: Attendee): string {
  const came = clock(cameAt);
  if (since !== undefined) {
    return stayedMs > 0
      ? `Joined at ${came}, back in the call since ${clock(since)}, ${length(stayedMs)} before that`
      : `In the call since ${clock(since)}`;
  }
  const away = (leftAt ?? cameAt) - cameAt - stayedMs;
  if (away < SHORT_BREAK_MS) return `Joined at ${came}, stayed ${length(stayedMs)}`;
  return `Joined at ${came}, in the call for ${length(stayedMs)} in total`;
}

export type Verdict = { tone: "good" | "fair" | "bad"; words: string; more: string };

/** The server's grading limits: up to the first a connection is good, up to the second fair. */
const PACKET_LOSS_PERCENT = [2, 5] as const;
const LATENCY_MS = [150, 300] as const;
const JITTER_MS = [30, 50] as const;

/** Return the average connection quality, and its likely effects. */
export function verdictOf({ packetLoss, latency, jitter }: Sample): Verdict {
  const loss = levelOf(packetLoss, PACKET_LOSS_PERCENT);
  const delay = levelOf(latency, LATENCY_MS);
  const unsteady = levelOf(jitter, JITTER_MS);
  const worst = Math.max(loss, delay, unsteady);
  if (worst === 0) return { tone: "good", words: "Good", more: "" };
  const more =
    loss === worst
      ? "Parts of sound and picture were lost on the way. A cable or a place closer to the Wi-Fi helps."
      : delay === worst
        ? "Sound and picture arrived late, so people may have talked over each other."
        : "Sound and picture arrived unevenly and may have stuttered. Other downloads at the same time cause this.";
  return worst === 1 ? { tone: "fair", words: "Disturbed at times", more } : { tone: "bad", words: "Poor", more };
}

function levelOf(value: number, [good, fair]: readonly [number, number]): 0 | 1 | 2 {
  return value <= good ? 0 : value <= fair ? 1 : 2;
}
