/** The tracks that a call sends: each change is passed on once, in order. */

import { KINDS, type Kind, type TrackReceiver } from "./ports";

type Pushed = { track: MediaStreamTrack | null; enabled: boolean };

export class Outgoing {
  private call: TrackReceiver | null = null;
  private readonly pushed = new Map<Kind, Pushed>();

  constructor(private readonly trackOf: (kind: Kind) => MediaStreamTrack | null) {}

  get attached(): boolean {
    return this.call !== null;
  }

  /** Send the tracks into a call from now on; null sends nothing. */
  attach(call: TrackReceiver | null): void {
    this.call = call;
    this.pushed.clear();
    this.push();
  }

  /** Pass changed tracks to the call. */
  push(): void {
    for (const kind of KINDS) {
      const track = this.trackOf(kind);
      const enabled = track?.enabled ?? false;
      const before = this.pushed.get(kind);
      if (before && before.track === track && before.enabled === enabled) continue;
      this.pushed.set(kind, { track, enabled });
      this.call?.setTrack(kind, track).catch((error) => console.warn("a connection did not take a track", error));
    }
  }
}
