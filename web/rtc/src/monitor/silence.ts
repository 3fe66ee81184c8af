/**
 * Detect a dead connection from received packets rather than ICE state. Browsers take 15 s to report a failure, and
 * with refused relay credentials they never do.
 */

import type { Counters, Fault, StatsSnapshot } from "../types";

export const CHECK_EVERY_MS = 250;
/** The connection counts as silent after this long without a packet or a report from the other side. */
export const SILENCE_MS = 2_000;
/**
 * While no member sends media, silence proves nothing. Browsers send connectivity checks every 2.5 s on a healthy
 * connection, so an unanswered one is evidence. A browser that does not count them must also report the connection as
 * disconnected.
 */
export const UNANSWERED_MS = 3_500;
/** How long the answer to a connectivity check may take. */
export const REPLY_MS = 750;
/** How many consecutive samples must show nothing: a page that slept or starved took no samples. */
export const SILENT_SAMPLES = 6;
/** Media count as flowing after arriving in this many consecutive samples. */
export const FLOWING_SAMPLES = 4;
/** Media that return after this many samples without any are too sparse for their absence to mean anything. */
export const SPARSE_SAMPLES = 2;
/** After this many silent samples, check whether the server can still be reached. */
export const DOUBTFUL_SAMPLES = 3;
/** How long a connection may take to be established. */
export const CONNECT_WITHIN_MS = 8_000;
/**
 * The same for the first replacement of a working connection: a connection is known to be possible, and there are other
 * ways.
 */
export const RECONNECT_WITHIN_MS = 4_000;
/** One end is responsible for repairing a connection; the other end waits this much longer. */
export const GIVE_WAY_MS = 500;

/**
 * Tracks when packets last arrived and when a connectivity check was last answered, from whichever counters exist.
 *
 * A counter that stands still is evidence of silence only if it has grown before and has not gone back since. Without
 * any such counter nothing is known, and that does not count as silence.
 */
export class Liveness {
  private readonly packets = new CounterTracker();
  private readonly checks = new CounterTracker();
  private readonly asked = new CounterTracker();
  private state: RTCPeerConnectionState | undefined;
  private connectedAt: number | null = null;
  private packetAt: number | null = null;
  private checkAt: number | null = null;
  /** When this side began to send checks that remain unanswered, if answers are counted. */
  private askedAt: number | null = null;
  private answersStill = false;
  private quietSamples = 0;
  private readonly flow = new Flow();

  /** Record a sample of a connection in this `state`. */
  note(now: StatsSnapshot, state = now.state): void {
    if (state === "connected" && this.state !== "connected") this.connectedAt = now.at;
    this.state = state;
    const packets = this.packets.note(now.packets);
    const checks = this.checks.note(now.checks);
    const asked = this.asked.note(now.asked);
    if (packets === "grown") this.packetAt = now.at;
    if (checks === "grown") this.checkAt = now.at;
    if (checks === "grown") this.askedAt = null;
    else if (asked === "grown") this.askedAt ??= now.at;
    this.answersStill = checks === "still";
    this.quietSamples = packets !== "grown" && checks !== "grown" && (packets ?? checks) ? this.quietSamples + 1 : 0;
    this.flow.note(packets === "grown", checks === "grown");
  }

  /** Whether any counter can show silence. */
  get measurable(): boolean {
    return this.packetAt !== null || this.checkAt !== null;
  }

  /** Whether anything has arrived, or the connection was established, after this time. */
  seenSince(at: number): boolean {
    return [this.packetAt, this.checkAt, this.connectedAt].some((seen) => seen !== null && seen > at);
  }

  /** Whether flowing media have stopped, too recently to tell why. */
  get doubtful(): boolean {
    return this.flow.flowing && this.quietSamples >= DOUBTFUL_SAMPLES;
  }

  /** Return how long nothing has arrived, or null while packets are seen or none can be expected. */
  silentFor(now: number): number | null {
    if (this.quietSamples < SILENT_SAMPLES) return null;
    const quiet = now - (this.packetAt ?? Number.NEGATIVE_INFINITY);
    const unanswered = now - (this.checkAt ?? Number.NEGATIVE_INFINITY);
    if (quiet <= SILENCE_MS) return null;
    if (this.flow.flowing) return quiet;
    if (unanswered <= UNANSWERED_MS) return null;
    const silent = Math.min(quiet, unanswered);
    const givenUp = this.state === "disconnected" && silent > UNANSWERED_MS;
    return givenUp || this.missesAnswer(now) ? silent : null;
  }

  private missesAnswer(now: number): boolean {
    return this.answersStill && this.askedAt !== null && now - this.askedAt >= REPLY_MS;
  }
}

/** Tracks whether media flowed continuously until they stopped. Without media, only checks are expected. */
class Flow {
  flowing = false;
  private busySamples = 0;
  private pausedSamples = 0;

  /** Record whether packets and answers to checks have arrived since the last sample. */
  note(packets: boolean, checks: boolean): void {
    if (packets && this.pausedSamples < SPARSE_SAMPLES) this.busySamples += 1;
    else this.busySamples = packets ? 1 : 0;
    if (this.busySamples >= FLOWING_SAMPLES) this.flowing = true;
    else if (packets ? this.pausedSamples >= SPARSE_SAMPLES : checks) this.flowing = false;
    this.pausedSamples = packets ? 0 : this.pausedSamples + 1;
  }
}

/** Compares counters from one sample to the next. */
class CounterTracker {
  private readonly known = new Map<string, { value: number; credible: boolean }>();
  /** The fields that have grown at least once, so this browser does count them. */
  private readonly counted = new Set<string>();

  /**
   * Record the current values. Return "grown" if any counter grew, "still" if one that used to grow did not, or null if
   * neither is known.
   */
  note(now: Counters): "grown" | "still" | null {
    const first = this.known.size === 0;
    let [grown, still] = [false, false];
    for (const [name, value] of now) {
      const before = this.known.get(name);
      const field = name.slice(0, name.indexOf(" "));
      const grew = before !== undefined && value > before.value;
      if (grew) this.counted.add(field);
      const credible = before ? grew || (before.credible && value === before.value) : this.counted.has(field);
      grown ||= grew || (first && value > 0);
      still ||= credible && !grew;
      this.known.set(name, { value, credible });
    }
    return grown ? "grown" : still ? "still" : null;
  }
}

/** Return the fault of an established connection, if any. The side that gives way waits `later` ms longer. */
export function diagnose(
  state: RTCPeerConnectionState | undefined,
  liveness: Liveness,
  now: number,
  later = 0,
): Fault | null {
  if (state === "failed" || state === "closed")
    return { errorType: "ice_failed", details: `the connection is ${state}` };
  const silence = liveness.silentFor(now - later);
  if (silence === null) return null;
  return { errorType: "ice_failed", details: `nothing received for ${Math.round(silence)} ms` };
}

/** Return the fault of a connection that takes too long to be established, if any. */
export function overdue(since: number, now: number, within = CONNECT_WITHIN_MS): Fault | null {
  if (now - since <= within) return null;
  return { errorType: "connection_timeout", details: `not connected within ${within / 1000} s` };
}
