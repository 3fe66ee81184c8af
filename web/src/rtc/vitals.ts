/** What is measured of one person's media over time: the newest look, the curves, and whether they speak. */

import { type Look, loudness, sample, TRACE_POINTS, type Trace } from "./stats";

const SPEAKING_LEVEL = 0.02;
const SPEAKING_HOLD_MS = 1_000;
const TRACE_EVERY_MS = 1_000;

export class Vitals {
  look: Look | undefined;
  trace: Trace[] = [];
  private spokeAt = Number.NEGATIVE_INFINITY;
  private traced: Look | undefined;

  get speaking(): boolean {
    return performance.now() - this.spokeAt < SPEAKING_HOLD_MS;
  }

  note(now: Look): void {
    if (loudness(this.look, now) > SPEAKING_LEVEL) this.spokeAt = now.at;
    this.look = now;
    const before = this.traced;
    if (before && now.at - before.at < TRACE_EVERY_MS) return;
    if (before) this.trace = [...this.trace, { at: now.at, ...sample(before, now) }].slice(-TRACE_POINTS);
    this.traced = now;
  }

  /** What comes next is from another connection: no difference is taken to what was before. */
  beginAnew(): void {
    this.traced = undefined;
  }
}
