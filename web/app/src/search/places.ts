/** Where results lead, and how a search is kept in the address, so that the way back leads to it. */

import { anchorOf, timeAddress } from "../ui/moments";
import type { FoundKind, FoundPassage } from "./types";

export const KIND_NAMES: Record<FoundKind, string> = {
  title: "Meeting",
  note: "Notes",
  report: "Report",
  chat: "Chat",
  transcript: "Transcript",
};

const MARK = "#search=";
const DAY_MS = 24 * 3600_000;

/** The times that can be chosen, in days. */
export const AGES = { any: null, week: 7, month: 30, year: 365 } as const;
export type Age = keyof typeof AGES;
export const AGE_NAMES: Record<Age, string> = {
  any: "Any time",
  week: "Last 7 days",
  month: "Last 30 days",
  year: "Last year",
};

/** Return the address of the place that a passage is from. */
export function addressOf({ meetingId, kind, at }: Pick<FoundPassage, "meetingId" | "kind" | "at">): string {
  const path = `/m/${meetingId}`;
  if ((kind === "transcript" || kind === "report") && at !== undefined) return path + timeAddress(at);
  if (kind === "note" || kind === "chat") return path + anchorOf(kind === "note" ? "notes" : "chat");
  return path;
}

/** Return the time from which meetings are searched, or undefined. */
export function sinceOf(age: Age, now: number): number | undefined {
  const days = AGES[age];
  return days === null ? undefined : now - days * DAY_MS;
}

/** Return the text of a search that an address names, or an empty one. */
export function searchIn(hash: string): string {
  if (!hash.startsWith(MARK)) return "";
  try {
    return decodeURIComponent(hash.slice(MARK.length));
  } catch {
    return "";
  }
}

/** Return the address of the home page with a search. */
export function searchAddress(text: string): string {
  return text === "" ? "/" : `/${MARK}${encodeURIComponent(text)}`;
}

/** Say how many passages were found. */
export function countInWords(count: number): string {
  if (count === 0) return "Nothing found";
  return count === 1 ? "One passage" : `${count} passages`;
}
