/** One of the connections to a person: its pulse, and the tracks that come on it. */

import type { Peer } from "./peer";
import type { Look } from "./stats";
import { Pulse } from "./watchdog";

export class Strand {
  readonly pulse = new Pulse();
  /** Whether it has ever carried the call. */
  carried = false;
  private readonly byKind = new Map<string, MediaStreamTrack>();

  constructor(readonly peer: Peer) {}

  get tracks(): MediaStreamTrack[] {
    return [...this.byKind.values()];
  }

  take(track: MediaStreamTrack): void {
    this.byKind.set(track.kind, track);
  }

  async look(): Promise<Look> {
    const now = await this.peer.look();
    this.pulse.note(now, this.peer.state);
    return now;
  }

  /** Whether it is connected, and something has arrived since. */
  livesSince(at: number): boolean {
    return this.peer.state === "connected" && this.pulse.beatSince(at);
  }
}
