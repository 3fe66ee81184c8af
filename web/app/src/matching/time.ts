/** The time that users offer, and words for the time until something. */

import { dayAndClock, elapsed, length } from "../ui/time";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const WEEK_MS = 7 * 24 * HOUR_MS;
/** Lengths of the time that is offered, in hours. */
export const HOURS = [1, 2, 4, 8];
/** Below this, the time left is a running clock. */
const CLOCK_MS = HOUR_MS;
/** A common time that begins within this is now. */
const NOW_MS = MINUTE_MS;

export type Offered = { from: number; to: number };

/** Return the time that is offered; null if it would begin in the past or end more than a week ahead. */
export function offered(at: number, hours: number, now: number): Offered | null {
  const to = at + hours * HOUR_MS;
  return at < now - MINUTE_MS || to > now + WEEK_MS ? null : { from: at, to };
}

/** Return whether a common time has begun, or does within a minute. */
export function isNow(startsAt: number, now: number): boolean {
  return startsAt <= now + NOW_MS;
}

/** Say when two who have agreed can meet. */
export function agreedInWords(startsAt: number, now: number): string {
  return isNow(startsAt, now) ? "You can start now." : `Both agreed. On ${dayAndClock(startsAt)}.`;
}

/** Return the time left in words, or as a clock when it is short. */
export function timeLeft(until: number, now: number): string {
  const left = Math.max(until - now, 0);
  return left < CLOCK_MS ? elapsed(left) : length(left);
}

/** Return the offset of this device from UTC in minutes, positive in the east. */
export function utcOffset(at: Date): number {
  return 0 - at.getTimezoneOffset();
}
