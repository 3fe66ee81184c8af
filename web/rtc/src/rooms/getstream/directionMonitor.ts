/** One direction of a connection to a media server: whether anything arrives, from reports taken elsewhere. */

import type { Report } from "../../monitor/report";
import { diagnose, Liveness, overdue } from "../../monitor/silence";
import { readStats } from "../../monitor/stats";
import type { Fault } from "../../types";

export class DirectionMonitor {
  /** Whether it was alive at the last look. */
  up = false;
  private liveness = new Liveness();
  private connected = false;
  /** Since when it has been needed, if it is. */
  private since: number | null = null;

  /** Record the browser's report. */
  note(report: Report): void {
    const now = readStats(report, performance.now());
    this.connected = now.state === "connected";
    this.liveness.note(now);
  }

  /** Whether anything has arrived since it was needed or, without counters, whether it is connected. */
  private isAlive(since: number): boolean {
    return this.liveness.seenSince(since) || (this.connected && !this.liveness.measurable);
  }

  /** Whether flowing media have just stopped. */
  get doubtful(): boolean {
    return this.up && this.liveness.doubtful;
  }

  /** Check the direction; return its fault, if it is `needed` and has one. */
  check(needed: boolean): Fault | null {
    const now = performance.now();
    if (!needed) this.since = null;
    else if (this.since === null) this.need(now);
    if (this.since === null) return null;
    if (this.up) return diagnose("connected", this.liveness, now);
    this.up = this.isAlive(this.since);
    return this.up ? null : overdue(this.since, now);
  }

  /** Start over on a new connection, with a new timeout. */
  reset(): void {
    this.up = false;
    this.connected = false;
    this.liveness = new Liveness();
    this.since = null;
  }

  /** Restart the timeout of a direction that was silent while it was not needed. */
  private need(now: number): void {
    this.since = now;
    this.up &&= this.liveness.silentFor(now) === null;
  }
}
