/** One member's media over time: the newest sample, the curves, and whether the member is speaking. */

import type { StatsPoint, StatsSnapshot } from "../types";
import { loudness, sample, TRACE_POINTS } from "./stats";

const SPEAKING_LEVEL = 0.02;
const SPEAKING_HOLD_MS = 1_000;
const TRACE_EVERY_MS = 1_000;

export class MediaMonitor {
  stats: StatsSnapshot | undefined;
  trace: StatsPoint[] = [];
  private spokeAt = Number.NEGATIVE_INFINITY;
  private traced: StatsSnapshot | undefined;

  get speaking(): boolean {
    return performance.now() - this.spokeAt < SPEAKING_HOLD_MS;
  }

  note(now: StatsSnapshot): void {
    if (loudness(this.stats, now) > SPEAKING_LEVEL) this.spokeAt = now.at;
    this.stats = now;
    const before = this.traced;
    if (before && now.at - before.at < TRACE_EVERY_MS) return;
    if (before) this.trace = [...this.trace, { at: now.at, ...sample(before, now) }].slice(-TRACE_POINTS);
    this.traced = now;
  }

  /** Begin on another connection: take no difference to earlier samples. */
  restart(): void {
    this.traced = undefined;
  }
}
