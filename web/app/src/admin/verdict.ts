/** How the server is, in one word: as bad as the worst of what is known. */

import type { NodeHealth, Service, SloStatus } from "./api";

export type Tone = "good" | "fair" | "bad";
export type Verdict = { tone: Tone; words: string; reasons: string[] };

export const LATE_MS = 30_000;
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

export function inWords(name: string): string {
  return name.replaceAll("_", " ");
}

/** The line of a part: its detail follows a colon where it is a number. */
export function partInWords({ name, detail }: Service): string {
  return /^\d+$/.test(detail) ? `${inWords(name)}: ${detail}` : inWords(name);
}

export function verdict(nodes: NodeHealth[], parts: Service[], slos: SloStatus["slos"], now: number): Verdict {
  const found: { tone: Tone; reason: string }[] = [];
  const silent = nodes.filter((node) => isSilent(node, now));
  for (const node of silent) found.push({ tone: "bad", reason: `node ${node.node.slice(-8)} is silent` });
  for (const part of parts) {
    const tone = TONES[part.state];
    if (tone !== undefined) found.push({ tone, reason: partInWords(part) });
  }
  for (const slo of slos) {
    found.push({ tone: TONES[slo.status] ?? "good", reason: `objective ${inWords(slo.name)} is ${slo.status}` });
  }
  const tone = WORSE.findLast((one) => found.some((part) => part.tone === one)) ?? "good";
  const reasons = found.filter((part) => part.tone !== "good").map(({ reason }) => reason);
  return { tone, words: WORDS[tone], reasons: [...new Set(reasons)] };
}
