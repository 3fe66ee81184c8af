/** One other person in a room of the media server: their stream, and whether anything of it arrives. */

import { MediaMonitor } from "../monitor/mediaMonitor";
import type { Health, PeerView, StatsSnapshot } from "../types";

/** Who sends nothing over a living connection may have nothing to send: after so long they count as connected. */
export const QUIET_MS = 2_000;

export class RemoteParticipant {
  private readonly stream = new MediaStream();
  private readonly monitor = new MediaMonitor();
  private health: Health = "connecting";
  /** Since when something of them could arrive. */
  private since: number | null = null;

  constructor(readonly userId: string) {}

  get view(): PeerView {
    const { userId, stream, health } = this;
    const { look, trace, speaking } = this.monitor;
    return { userId, stream, health, speaking, look, trace };
  }

  /** Says how things stand until something arrives again. */
  mark(health: "reconnecting" | "lost"): void {
    if (this.health !== "connecting") this.health = health;
    this.since = null;
  }

  /** Puts exactly these tracks into the stream. */
  take(tracks: MediaStreamTrack[]): void {
    for (const old of this.stream.getTracks()) if (!tracks.includes(old)) this.stream.removeTrack(old);
    for (const track of tracks) if (!this.stream.getTracks().includes(track)) this.stream.addTrack(track);
  }

  /** Takes what was seen of them at the last look, or that nothing of them can arrive. */
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
