/** One direction of what a media server carries: whether anything comes by it, from reports that others take. */

import type { Report } from "../../monitor/report";
import { diagnose, Liveness, overdue } from "../../monitor/silence";
import { readStats } from "../../monitor/stats";
import type { Fault } from "../../types";

export class DirectionMonitor {
  /** Whether it is alive, as of the last look. */
  up = false;
  private liveness = new Liveness();
  private connected = false;
  /** Since when there should be one, if there should. */
  private since: number | null = null;

  /** Takes what the browser says of it now. */
  note(report: Report): void {
    const now = readStats(report, performance.now());
    this.connected = now.state === "connected";
    this.liveness.note(now);
  }

  /** Whether anything has come since it is needed, or, where no counter tells, whether it is connected. */
  private isAlive(since: number): boolean {
    return this.liveness.seenSince(since) || (this.connected && !this.liveness.tells);
  }

  /** Whether media that flowed have just stopped. */
  get doubtful(): boolean {
    return this.up && this.liveness.doubtful;
  }

  /** Looks at it; returns what is wrong with it, if it is `needed` and anything is. */
  look(needed: boolean): Fault | null {
    const now = performance.now();
    if (!needed) this.since = null;
    else if (this.since === null) this.need(now);
    if (this.since === null) return null;
    if (this.up) return diagnose("connected", this.liveness, now);
    this.up = this.isAlive(this.since);
    return this.up ? null : overdue(this.since, now);
  }

  /** From now on it is another connection, with its time to come to life. */
  reset(): void {
    this.up = false;
    this.connected = false;
    this.liveness = new Liveness();
    this.since = null;
  }

  /** What was silent while nobody needed it has its time to come to life again. */
  private need(now: number): void {
    this.since = now;
    this.up &&= this.liveness.silentFor(now) === null;
  }
}
