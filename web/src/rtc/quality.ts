/** How well one is connected to everybody else: each time, and on average over the call. */

import type { PeerView } from "./room";
import type { Sample } from "./signalling";
import { Average, worst } from "./stats";

export class Quality {
  private readonly mean = new Average();

  get average(): Sample | null {
    return this.mean.value;
  }

  /** Returns the worst of what there is now, if anything, and counts all of it. */
  take(peers: PeerView[]): Sample | undefined {
    const samples = peers.flatMap(({ health, trace, look }) => {
      const newest = health === "connected" ? trace.at(-1) : undefined;
      if (!newest) return [];
      this.mean.add(newest);
      const { packetLoss, latency, jitter } = newest;
      // Somebody who is muted sends little over a good connection: what it could carry counts, too.
      const bitrate = Math.max(newest.bitrate, look?.availableBitrate ?? 0);
      return [{ bitrate, packetLoss, latency, jitter }];
    });
    return worst(samples);
  }
}
