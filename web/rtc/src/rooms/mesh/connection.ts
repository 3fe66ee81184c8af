/** One of the connections to a member: its liveness, and the tracks it carries. */

import { Liveness } from "../../monitor/silence";
import type { StatsSnapshot } from "../../types";
import type { Negotiation } from "./negotiation";

export class Connection {
  readonly liveness = new Liveness();
  /** Whether it has ever carried the call. */
  carried = false;
  /** Whether it was found broken and has not recovered since. */
  foundBroken = false;
  private readonly byKind = new Map<string, MediaStreamTrack>();

  constructor(readonly negotiation: Negotiation) {}

  get tracks(): MediaStreamTrack[] {
    return [...this.byKind.values()];
  }

  take(track: MediaStreamTrack): void {
    this.byKind.set(track.kind, track);
  }

  async measure(): Promise<StatsSnapshot> {
    const now = await this.negotiation.measure();
    this.liveness.note(now, this.negotiation.state);
    return now;
  }

  /** Whether it is connected and anything has arrived since then. */
  aliveSince(at: number): boolean {
    return this.negotiation.state === "connected" && this.liveness.seenSince(at);
  }
}
