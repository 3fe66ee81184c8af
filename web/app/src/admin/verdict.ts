/** How the server is, in one word: as bad as the worst of what is known. */

import { clock } from "../ui/time";
import type { NodeHealth, Service, SloStatus } from "./api";

export type Tone = "good" | "fair" | "bad";
export type Verdict = { tone: Tone; words: string; reasons: string[] };

export const LATE_MS = 30_000;
/** A node that has been silent for longer was killed and replaced, or another alarm tells of it. */
export const ALARM_MS = 10 * 60_000;
/** The longest detail of a part that the first line repeats. */
const DETAIL_LETTERS = 48;
export const TONES: Record<string, Tone> = {
  ok: "good",
  works: "good",
  closed: "good",
  healthy: "good",
  warning: "fair",
  half_open: "fair",
  failing: "bad",
  failed: "bad",
  open: "bad",
  critical: "bad",
};
const WORDS: Record<Tone, string> = { good: "All is well", fair: "Look at this", bad: "Needs attention" };
const WORSE: Tone[] = ["good", "fair", "bad"];

/** A node has not written for long, and did not stop in order. */
export function isSilent(node: NodeHealth, now: number): boolean {
  return !node.stopped && now - node.writtenAt > LATE_MS;
}

/** How bad the silence of a node is: an alarm at first, and later only worth a look. */
export function toneOfSilence(node: NodeHealth, now: number): Tone {
  return now - node.writtenAt > ALARM_MS ? "fair" : "bad";
}

export function inWords(name: string): string {
  return name.replaceAll("_", " ");
}

/** The line of a part: its detail follows a colon where it is a number. */
export function partInWords({ name, detail }: Service): string {
  return /^\d+$/.test(detail) ? `${inWords(name)}: ${detail}` : inWords(name);
}

/** A part as a cause: its name alone does not say what is wrong. */
function causeOf({ name, state, detail }: Service): string {
  const told = detail !== "" && detail.length <= DETAIL_LETTERS;
  return `${inWords(name)}: ${told ? detail : inWords(state)}`;
}

/** The reasons are those of the tone; lesser ones stand beside their parts. */
export function verdict(nodes: NodeHealth[], parts: Service[], slos: SloStatus["slos"], now: number): Verdict {
  const found: { tone: Tone; reason: string }[] = [];
  for (const node of nodes.filter((one) => isSilent(one, now))) {
    const reason = `node ${node.node.slice(-8)} has been silent since ${clock(node.writtenAt)}`;
    found.push({ tone: toneOfSilence(node, now), reason });
  }
  for (const part of parts) {
    const tone = TONES[part.state];
    if (tone !== undefined) found.push({ tone, reason: causeOf(part) });
  }
  for (const slo of slos) {
    found.push({ tone: TONES[slo.status] ?? "good", reason: `objective ${inWords(slo.name)} is ${slo.status}` });
  }
  const tone = WORSE.findLast((one) => found.some((part) => part.tone === one)) ?? "good";
  const reasons = tone === "good" ? [] : found.filter((part) => part.tone === tone).map(({ reason }) => reason);
  return { tone, words: WORDS[tone], reasons: [...new Set(reasons)] };
}
