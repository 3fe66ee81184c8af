/** The state of a report in words. They say what there is, who made it, and why there is no more. */

import type { Sign } from "../ui/Icon";
import { plain } from "../ui/text";
import { type Part, type Report, RULES, type RunReason, type RunState } from "./types";

export type StateText = { sign: Sign; tone: "quiet" | "fair" | "bad"; words: string };

/** Why there is no report, or no better one. */
const REASONS: Record<RunReason, string> = {
  too_few_words: "Too little was said to sum up.",
  too_long: "The transcript is too long for a report.",
  crashed: "The server could not finish it.",
  transcript_deleted: "The transcript was deleted.",
  rate_limited: "The language model had too many requests.",
  unreachable: "The language model could not be reached.",
  slow: "The language model was too slow.",
  refused: "The language model did not accept the server.",
  declined: "The language model declined.",
  cut: "The answers of the language model were cut off.",
  unusable: "The answers of the language model were not usable.",
  context_cut: "The language model reads less at once than it says.",
  budget: "The budget for the language model is used up.",
};

const WAITING: Partial<Record<RunState, string>> = {
  waiting: "The report is made as soon as the last words of the transcript are there.",
  queued: "The report is being made.",
  running: "The report is being made.",
};

/** Return what to say about a report, apart from what it has. */
export function stateText({ state, because, source = RULES, done, total }: Report): StateText {
  switch (state) {
    case "off":
      return { sign: "info", tone: "quiet", words: "A host has turned the report of this meeting off." };
    case "empty":
      return { sign: "info", tone: "quiet", words: `There is no report. ${because ? REASONS[because] : ""}`.trim() };
    case "failed":
      return { sign: "alert", tone: "bad", words: `There is no report. ${because ? REASONS[because] : ""}`.trim() };
    case "ready":
      if (total > done) {
        const step = `A language model is improving it: ${done} of ${total} steps.`;
        return { sign: "clock", tone: "quiet", words: `${madeBy(source)} ${step}` };
      }
      if (source === RULES && because) {
        return { sign: "info", tone: "fair", words: `${madeBy(source)} ${REASONS[because]}` };
      }
      return { sign: source === RULES ? "info" : "check", tone: "quiet", words: madeBy(source) };
    default:
      return { sign: "clock", tone: "quiet", words: WAITING[state] ?? "" };
  }
}

/** Return who made a report. */
export function madeBy(source = RULES): string {
  if (source === RULES) return "Made by rules: sentences from the transcript, sorted.";
  return `Written by ${plain(source)}, checked against the transcript.`;
}

export const HEADINGS: Record<Part, string> = {
  overview: "Overview",
  decisions: "Decisions",
  actions: "Actions",
  questions: "Open questions",
  topics: "Topics",
};

/** Return a day such as 2026-12-31 in words. */
export function dayOf(isoDate: string): string {
  const [year = 0, month = 1, day = 1] = isoDate.split("-").map(Number);
  return new Date(year, month - 1, day).toLocaleDateString(undefined, { dateStyle: "medium" });
}

/** Return how long members spoke, as a share. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
