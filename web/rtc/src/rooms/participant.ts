/** One other member in a room of a media server: the stream, and whether anything of it arrives. */

import { MediaMonitor } from "../monitor/mediaMonitor";
import type { Health, PeerView, StatsSnapshot } from "../types";

/**
 * A member who sends nothing over a live connection may have nothing to send, and counts as connected after this long.
 */
export const QUIET_MS = 2_000;

export class RemoteParticipant {
  private readonly stream = new MediaStream();
  private readonly monitor = new MediaMonitor();
  private health: Health = "connecting";
  /** Since when media of this member could arrive. */
  private since: number | null = null;

  constructor(readonly userId: string) {}

  get view(): PeerView {
    const { userId, stream, health } = this;
    const { stats, trace, speaking } = this.monitor;
    return { userId, stream, health, speaking, stats, trace };
  }

  /** Set the health, until something arrives again. */
  mark(health: "reconnecting" | "lost"): void {
    if (this.health !== "connecting") this.health = health;
    this.since = null;
  }

  /** Put exactly these tracks into the stream. */
  take(tracks: MediaStreamTrack[]): void {
    for (const old of this.stream.getTracks()) if (!tracks.includes(old)) this.stream.removeTrack(old);
    for (const track of tracks) if (!this.stream.getTracks().includes(track)) this.stream.addTrack(track);
  }

  /** Record the newest sample, or null when nothing can arrive. */
  note(now: StatsSnapshot | null): void {
    if (!now) {
      if (this.health === "connected") this.mark("reconnecting");
      return;
    }
    if (this.since === null) this.monitor.restart();
    this.since ??= now.at;
    this.monitor.note(now);
    if (now.framesDecoded > 0 || now.at - this.since > QUIET_MS) this.health = "connected";
  }
}
