/** Meetings in the order in which users look for them, with states in words. */

import type { ListedMeeting, Meeting } from "../api/functions";
import { dayInWords, localZone } from "../ui/wallClock";

/** A planned meeting not started by then was missed. */
const MISSED_AFTER_MS = 24 * 60 * 60_000;

export type Agenda = { today: ListedMeeting[]; upcoming: ListedMeeting[]; missed: ListedMeeting[] };

/** Group meetings that are not over, keeping their order: running or due ones belong to today. */
export function agendaOf(coming: ListedMeeting[], now: number, zone = localZone()): Agenda {
  const agenda: Agenda = { today: [], upcoming: [], missed: [] };
  for (const meeting of coming) agenda[groupOf(meeting, now, zone)].push(meeting);
  return agenda;
}

function groupOf(meeting: ListedMeeting, now: number, zone: string): keyof Agenda {
  if (meeting.state === "active") return "today";
  const at = timeOf(meeting);
  if (at < now - MISSED_AFTER_MS) return "missed";
  return at <= now || dayInWords(at, now, zone) === "today" ? "today" : "upcoming";
}

/** Return when a meeting is or was; one without a time counts from its creation. */
export function timeOf(meeting: ListedMeeting): number {
  const { startedAt, scheduledAt, createdAt } = meeting;
  return (meeting.state === "concluded" ? startedAt : undefined) ?? scheduledAt ?? createdAt;
}

export function isOpen({ state }: Meeting): boolean {
  return state === "active" || state === "scheduled";
}

/** Return whether a meeting ended empty a moment ago and its members can reopen it. */
export function isReopenable({ state, reopenableUntil }: ListedMeeting, now: number): boolean {
  return state === "concluded" && reopenableUntil !== undefined && reopenableUntil > now;
}

export type Status = { words: string; tone: "" | "good" | "fair" } | null;

/** Return the state in words, or null where the time says enough. */
export function statusOf(meeting: ListedMeeting, now: number): Status {
  switch (meeting.state) {
    case "active":
      return { words: "In progress", tone: "good" };
    case "concluded":
      return isReopenable(meeting, now) ? { words: "Everybody left", tone: "fair" } : { words: "Ended", tone: "" };
    case "cancelled":
      return { words: "Cancelled", tone: "" };
    default:
      return timeOf(meeting) < now ? { words: "Not started yet", tone: "fair" } : null;
  }
}
