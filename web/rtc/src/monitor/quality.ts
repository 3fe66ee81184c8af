/** How well one is connected to everybody else: each time, and on average over the call. */

import type { PeerView, Sample } from "../types";
import { Average, worst } from "./stats";

/** Bits per second that the server does not call too few. */
const ENOUGH_BITRATE = 100_000;
/** Below this loss, in percent, a browser that does not say what the connection could carry shows no shortage. */
const NOTICEABLE_LOSS = 2;

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
      // Members who are muted send little over a good connection: what it could carry counts, too.
      const possible = look?.availableBitrate ?? (packetLoss < NOTICEABLE_LOSS ? ENOUGH_BITRATE : 0);
      const bitrate = Math.max(newest.bitrate, possible);
      return [{ bitrate, packetLoss, latency, jitter }];
    });
    return worst(samples);
  }
}
