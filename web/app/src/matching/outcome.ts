/** How a match ended, in the same words for both, so that nobody learns who said no. */

import { plain } from "../ui/text";
import type { CurrentMatch, PastMatch } from "./types";

const SHOWN_TOPICS = 3;

type Shown = Pick<CurrentMatch, "state"> & { entryId: string };

/** Return whether a proposal that was shown to an entry is gone without a meeting, and no other entry has followed. */
export function cameToNothing(before: Shown | null, match: unknown, entry: { _id: string } | null): boolean {
  return !match && before?.state === "proposed" && (entry === null || entry._id === before.entryId);
}

/** Say that a proposal came to nothing, to someone who is still in the queue or not. */
export function nothingInWords(waiting: boolean): string {
  return waiting ? "That meeting did not come about. We keep looking." : "That meeting did not come about.";
}

/** Return the topics of a match as one line, with the number of those that do not fit. */
export function topicsInWords(topics: string[]): string {
  const more = topics.length - SHOWN_TOPICS;
  const shown = topics.slice(0, SHOWN_TOPICS).map(plain).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** Say how many of these matches came to a meeting. */
export function metInWords(past: Pick<PastMatch, "outcome">[]): string {
  const met = past.filter(({ outcome }) => outcome === "completed").length;
  if (past.length === 1) return `Your last match: it came to ${met === 0 ? "no" : "a"} meeting.`;
  return `Your last ${past.length} matches: ${met === 0 ? "none" : met} came to a meeting.`;
}
