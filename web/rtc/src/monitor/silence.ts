/**
 * Notices a dead connection from what arrives, not from what ICE says: browsers take 15 s to call a connection
 * failed, and with refused relay credentials they never do.
 */

import type { Counters, Fault, StatsSnapshot } from "../types";

export const LOOK_EVERY_MS = 250;
/** So long nothing of the other side may arrive, no report either. */
export const SILENCE_MS = 2_000;
/**
 * Where nobody sends media, silence says nothing. Connectivity checks go out every 2.5 s while all is well: one that is
 * asked and not answered tells. A browser that does not count them has to call the connection disconnected besides.
 */
export const UNANSWERED_MS = 3_500;
/** So long an answer to such a check may take. */
export const REPLY_MS = 750;
/** So often in a row nothing must be seen: a page that was asleep or starved has not been looking. */
export const LOOKS = 6;
/** Media that came at every look, so often in a row, flow. */
export const FLOWING_LOOKS = 4;
/** Media that come again after so many looks without any come too seldom to tell by their absence. */
export const SPARSE_LOOKS = 2;
/** After so many there is reason to find out whether the server can still be reached. */
export const DOUBTFUL_LOOKS = 3;
/** So long a connection may take. */
export const CONNECT_WITHIN_MS = 8_000;
/** The same for the first one in place of one that worked: it is known to be possible, and there are other ways. */
export const RECONNECT_WITHIN_MS = 4_000;
/** One of the two ends is to mend a connection; the other one does after so long. */
export const GIVE_WAY_MS = 500;

/**
 * Remembers when packets last arrived and when a connectivity check was last answered, by whatever counters there are.
 *
 * A counter that stands still is a sign of silence only if it has been seen to grow, and has not gone back since. While
 * no such counter is there, nothing is known, and that is no silence.
 */
export class Liveness {
  private readonly packets = new Follower();
  private readonly checks = new Follower();
  private readonly asked = new Follower();
  private state: RTCPeerConnectionState | undefined;
  private connectedAt: number | null = null;
  private packetAt: number | null = null;
  private checkAt: number | null = null;
  /** Since when this side has asked without an answer, if answers are counted. */
  private askedAt: number | null = null;
  private answersStill = false;
  private quietLooks = 0;
  private readonly flow = new Flow();

  /** Takes a look at a connection in this `state`. */
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
    this.quietLooks = packets !== "grown" && checks !== "grown" && (packets ?? checks) ? this.quietLooks + 1 : 0;
    this.flow.note(packets === "grown", checks === "grown");
  }

  /** Whether there is anything to tell silence by. */
  get tells(): boolean {
    return this.packetAt !== null || this.checkAt !== null;
  }

  /** Whether anything has arrived since, or the connection has come to be one. */
  seenSince(at: number): boolean {
    return [this.packetAt, this.checkAt, this.connectedAt].some((seen) => seen !== null && seen > at);
  }

  /** Whether media that flowed have stopped, too short a time ago to tell why. */
  get doubtful(): boolean {
    return this.flow.flowing && this.quietLooks >= DOUBTFUL_LOOKS;
  }

  /** How long there has been no sign of life, or null while there is one, or none can be expected. */
  silentFor(now: number): number | null {
    if (this.quietLooks < LOOKS) return null;
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

/** Whether media came all the time until they fell silent, if they did: without media nothing but checks is to come. */
class Flow {
  flowing = false;
  private busyLooks = 0;
  private pausedLooks = 0;

  /** Takes what has come since the last look: packets, and answers to checks. */
  note(packets: boolean, checks: boolean): void {
    if (packets && this.pausedLooks < SPARSE_LOOKS) this.busyLooks += 1;
    else this.busyLooks = packets ? 1 : 0;
    if (this.busyLooks >= FLOWING_LOOKS) this.flowing = true;
    else if (packets ? this.pausedLooks >= SPARSE_LOOKS : checks) this.flowing = false;
    this.pausedLooks = packets ? 0 : this.pausedLooks + 1;
  }
}

/** Follows counters from look to look. */
class Follower {
  private readonly known = new Map<string, { value: number; credible: boolean }>();
  /** The fields that have been seen to grow: this browser does count them. */
  private readonly counted = new Set<string>();

  /** Takes their values now; says whether any has grown, or what used to grow stands still, if that can be told. */
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

/** What is wrong with a connection that once worked, if anything. Who gives way says so `later`. */
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
  return { errorType: "ice_failed", details: `no sign of life for ${Math.round(silence)} ms` };
}

/** What is wrong with a connection that is being made, if anything. */
export function overdue(since: number, now: number, within = CONNECT_WITHIN_MS): Fault | null {
  if (now - since <= within) return null;
  return { errorType: "connection_timeout", details: `not connected within ${within / 1000} s` };
}
