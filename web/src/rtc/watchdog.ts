/**
 * Notices a dead connection from what arrives, not from what ICE says: browsers take 15 s to call a connection
 * failed, and with refused relay credentials they never do.
 */

import type { ErrorType } from "./signalling";
import type { Look } from "./stats";

export const LOOK_EVERY_MS = 250;
/** So long nothing of the other side may arrive, no report either. */
export const SILENCE_MS = 2_000;
/**
 * Where nobody sends media, silence says nothing. Connectivity checks go out every 2.5 s while all is well: one that is
 * missed tells.
 */
export const UNANSWERED_MS = 3_500;
/** So often in a row nothing must be seen: a page that was asleep or starved has not been looking. */
export const LOOKS = 6;
/** Media that came at every look, so often in a row, flow. */
export const FLOWING_LOOKS = 4;
/** After so many there is reason to find out whether the server can still be reached. */
export const DOUBTFUL_LOOKS = 3;
/** So long a connection may take. */
export const CONNECT_WITHIN_MS = 8_000;
/** The same for the first one in place of one that worked: it is known to be possible, and there are other ways. */
export const RECONNECT_WITHIN_MS = 4_000;
/** One of the two ends is to mend a connection; the other one does after so long. */
export const GIVE_WAY_MS = 500;

export type Fault = { errorType: ErrorType; details: string };

/** Remembers when packets last arrived and when a connectivity check was last answered. */
export class Pulse {
  private last: Look | undefined;
  private packetAt: number | null = null;
  private checkAt: number | null = null;
  private quietLooks = 0;
  private busyLooks = 0;
  /** Whether media came all the time until it fell silent, if it did: without media nothing but checks is to come. */
  private flowing = false;

  note(now: Look): void {
    const before = this.last;
    const packets = before ? now.packets !== before.packets : now.packets > 0;
    const checks = before ? now.checks !== before.checks : now.checks > 0;
    if (packets) this.packetAt = now.at;
    if (checks) this.checkAt = now.at;
    this.quietLooks = packets || checks ? 0 : this.quietLooks + 1;
    this.busyLooks = packets ? this.busyLooks + 1 : 0;
    if (this.busyLooks >= FLOWING_LOOKS) this.flowing = true;
    else if (checks && !packets) this.flowing = false;
    this.last = now;
  }

  /** Whether anything has arrived since. */
  beatSince(at: number): boolean {
    return Math.max(this.packetAt ?? Number.NEGATIVE_INFINITY, this.checkAt ?? Number.NEGATIVE_INFINITY) > at;
  }

  /** Whether media that flowed have stopped, too short a time ago to tell why. */
  get doubtful(): boolean {
    return this.flowing && this.quietLooks >= DOUBTFUL_LOOKS;
  }

  /** How long there has been no sign of life, or null while there is one. */
  silentFor(now: number): number | null {
    if (this.quietLooks < LOOKS) return null;
    const quiet = now - (this.packetAt ?? Number.NEGATIVE_INFINITY);
    const unanswered = now - (this.checkAt ?? Number.NEGATIVE_INFINITY);
    if (quiet <= SILENCE_MS) return null;
    if (this.flowing) return quiet;
    return unanswered > UNANSWERED_MS ? Math.min(quiet, unanswered) : null;
  }
}

/** What is wrong with a connection that once worked, if anything. Who gives way says so `later`. */
export function diagnose(state: RTCPeerConnectionState, pulse: Pulse, now: number, later = 0): Fault | null {
  if (state === "failed" || state === "closed")
    return { errorType: "ice_failed", details: `the connection is ${state}` };
  const silence = pulse.silentFor(now - later);
  if (silence === null) return null;
  return { errorType: "ice_failed", details: `no sign of life for ${Math.round(silence)} ms` };
}

/** What is wrong with a connection that is being made, if anything. */
export function overdue(since: number, now: number, within = CONNECT_WITHIN_MS): Fault | null {
  if (now - since <= within) return null;
  return { errorType: "connection_timeout", details: `not connected within ${within / 1000} s` };
}
