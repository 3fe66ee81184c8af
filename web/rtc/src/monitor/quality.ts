/** The quality of the connections to all other members, now and on average over the call. */

import type { PeerView, Sample } from "../types";
import { Average, worst } from "./stats";

/** Bits per second that the server does not count as too few. */
const ENOUGH_BITRATE = 100_000;
/** The loss, in percent, below which a browser that gives no estimate of capacity shows no shortage. */
const NOTICEABLE_LOSS = 2;

export class Quality {
  private readonly mean = new Average();

  get average(): Sample | null {
    return this.mean.value;
  }

  /** Return the worst sample now, if there is any, and add all samples to the average. */
  take(peers: PeerView[]): Sample | undefined {
    const samples = peers.flatMap(({ health, trace, stats }) => {
      const newest = health === "connected" ? trace.at(-1) : undefined;
      if (!newest) return [];
      this.mean.add(newest);
      const { packetLoss, latency, jitter } = newest;
      // Muted members send little over a good connection, so its estimated capacity counts too.
      const possible = stats?.availableBitrate ?? (packetLoss < NOTICEABLE_LOSS ? ENOUGH_BITRATE : 0);
      const bitrate = Math.max(newest.bitrate, possible);
      return [{ bitrate, packetLoss, latency, jitter }];
    });
    return worst(samples);
  }
}
