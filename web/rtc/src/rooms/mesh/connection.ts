/** One of the connections to a member: whether it is alive, and the tracks that come on it. */

import { Liveness } from "../../monitor/silence";
import type { StatsSnapshot } from "../../types";
import type { Negotiation } from "./negotiation";

export class Connection {
  readonly liveness = new Liveness();
  /** Whether it has ever carried the call. */
  carried = false;
  /** Whether it was found broken, and has not come back since. */
  foundBroken = false;
  private readonly byKind = new Map<string, MediaStreamTrack>();

  constructor(readonly negotiation: Negotiation) {}

  get tracks(): MediaStreamTrack[] {
    return [...this.byKind.values()];
  }

  take(track: MediaStreamTrack): void {
    this.byKind.set(track.kind, track);
  }

  async look(): Promise<StatsSnapshot> {
    const now = await this.negotiation.look();
    this.liveness.note(now, this.negotiation.state);
    return now;
  }

  /** Whether it is connected, and something has arrived since. */
  aliveSince(at: number): boolean {
    return this.negotiation.state === "connected" && this.liveness.seenSince(at);
  }
}
