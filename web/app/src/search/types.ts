import type { UserCard } from "../api/functions";

export type FoundKind = "title" | "note" | "report" | "chat" | "transcript";
/**
 * A passage of a meeting; `at` is its moment in ms, if it has one, and `user` the person who said or wrote it. `words`
 * are those of the search that it has, as it spells them.
 */
export type FoundPassage = {
  meetingId: string;
  meetingTitle: string;
  meetingAt: number;
  kind: FoundKind;
  passage: string;
  words: string[];
  foundBy: "words" | "meaning" | "both";
  score: number;
  user?: UserCard;
  itemId?: string;
  at?: number;
};
export type SearchArgs = { text: string; kinds?: FoundKind[]; userId?: string; since?: number };
export type SearchResults = { results: FoundPassage[]; byMeaning: boolean; complete: boolean };
