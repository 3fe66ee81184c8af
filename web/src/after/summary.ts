/** What a meeting was, told from its members and from the connection. */

import type { Member } from "../api";
import type { Sample } from "../rtc";

/** Returns those who were in the call, in the order in which they came. */
export function attendees(members: Member[]): Member[] {
  return members
    .filter((member) => member.joinedAt !== undefined)
    .sort((one, other) => (one.joinedAt ?? 0) - (other.joinedAt ?? 0));
}

/** Returns from the first arrival to the last departure in ms; null while somebody is in, or if nobody ever was. */
export function durationMs(members: Member[]): number | null {
  const there = attendees(members);
  const ends = there.map(({ joinedAt = 0, leftAt }) => (leftAt !== undefined && leftAt >= joinedAt ? leftAt : null));
  if (there.length === 0 || ends.includes(null)) return null;
  return Math.max(...(ends as number[])) - (there[0]?.joinedAt ?? 0);
}

export type Verdict = { tone: "good" | "fair" | "bad"; words: string; more: string };

/** The limits that the server grades by: up to the first of them a connection is good, up to the second fair. */
const PACKET_LOSS_PERCENT = [2, 5] as const;
const LATENCY_MS = [150, 300] as const;
const JITTER_MS = [30, 50] as const;

/** Returns how the connection was on average, and what people may have noticed. */
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
