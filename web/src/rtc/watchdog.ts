/**
 * Notices a dead connection from what arrives, not from what ICE says: browsers take 15 s to call a connection
 * failed, and with refused relay credentials they never do.
 */

import type { ErrorType } from "./signalling";
import type { Look } from "./stats";

export const LOOK_EVERY_MS = 500;
/** So long nothing of the other side may arrive, no report either. */
export const SILENCE_MS = 2_000;
/** Connectivity checks go out every 2.5 s while all is well: one that is missed tells, even when nobody sends media. */
export const UNANSWERED_MS = 3_500;
/** So often in a row nothing must be seen: a page that was asleep or starved has not been looking. */
export const LOOKS = 4;
/** So long a connection may take, the first time and after every new try. */
export const CONNECT_WITHIN_MS = 8_000;

export type Fault = { errorType: ErrorType; details: string };

/** Remembers when packets last arrived and when a connectivity check was last answered. */
export class Pulse {
  private last: Look | undefined;
  private packetAt: number | null = null;
  private checkAt: number | null = null;
  private quietLooks = 0;

  note(now: Look): void {
    const before = this.last;
    const packets = before ? now.packets !== before.packets : now.packets > 0;
    const checks = before ? now.checks !== before.checks : now.checks > 0;
    if (packets) this.packetAt = now.at;
    if (checks) this.checkAt = now.at;
    this.quietLooks = packets || checks ? 0 : this.quietLooks + 1;
    this.last = now;
  }

  /** Whether anything has arrived since. */
  beatSince(at: number): boolean {
    return Math.max(this.packetAt ?? Number.NEGATIVE_INFINITY, this.checkAt ?? Number.NEGATIVE_INFINITY) > at;
  }

  /** How long there has been no sign of life, or null while there is one. */
  silentFor(now: number): number | null {
    if (this.quietLooks < LOOKS) return null;
    const quiet = now - (this.packetAt ?? Number.NEGATIVE_INFINITY);
    const unanswered = now - (this.checkAt ?? Number.NEGATIVE_INFINITY);
    return quiet > SILENCE_MS && unanswered > UNANSWERED_MS ? Math.min(quiet, unanswered) : null;
  }
}

/** What is wrong with a connection that once worked, if anything. */
export function diagnose(state: RTCPeerConnectionState, pulse: Pulse, now: number): Fault | null {
  if (state === "failed" || state === "closed")
    return { errorType: "ice_failed", details: `the connection is ${state}` };
  const silence = pulse.silentFor(now);
  if (silence === null) return null;
  return { errorType: "ice_failed", details: `no sign of life for ${Math.round(silence)} ms` };
}

/** What is wrong with a connection that is being made, if anything. */
export function overdue(since: number, now: number): Fault | null {
  if (now - since <= CONNECT_WITHIN_MS) return null;
  return { errorType: "connection_timeout", details: `not connected within ${CONNECT_WITHIN_MS / 1000} s` };
}
