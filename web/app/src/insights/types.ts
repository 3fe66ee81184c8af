/** The report of a meeting as the server sends it. Times in milliseconds. */

import type { UserCard } from "../api/functions";
import type { Moment } from "../ui/moments";

export type RunState = "off" | "waiting" | "queued" | "running" | "ready" | "empty" | "failed";
export type RunReason =
  | "too_few_words"
  | "too_long"
  | "crashed"
  | "transcript_deleted"
  | "rate_limited"
  | "unreachable"
  | "slow"
  | "refused"
  | "declined"
  | "cut"
  | "unusable"
  | "context_cut"
  | "budget";
export type Vote = "up" | "down";
/** The parts of a report, by their names in it. */
export type Part = "overview" | "topics" | "decisions" | "actions" | "questions";
/** One statement; `done` is that of an action. `edited`: a member wrote the text. */
export type ReportItem = {
  itemId: string;
  text: string;
  /** The moments that it rests on. */
  cites: Moment[];
  edited: boolean;
  ownerId?: string;
  dueWords?: string;
  dueOn?: string;
  askedBy?: string;
  done?: boolean;
};
/** What a member changes in a statement; null is for nobody, or no day. */
export type ItemChange = { text?: string; done?: boolean; ownerId?: string | null; dueOn?: string | null };
export type Speaking = { userId: string; ms: number; share: number; turns: number };
/** `done` of `total` steps are over while a model improves it; `source` is `rules`, or the name of a model. */
export type Report = Record<Part, ReportItem[]> & {
  state: RunState;
  done: number;
  total: number;
  because?: RunReason;
  source?: string;
  revision: number;
  language?: string;
  speaking: Speaking[];
  people: UserCard[];
  updatedAt?: number;
};

export const RULES = "rules";
export const PARTS: readonly Part[] = ["overview", "decisions", "actions", "questions", "topics"];
