/**
 * The time at which sound was captured, by the page's clock. Frames arrive late when the page is busy, never early: so
 * the quickest arrival tells how the two clocks are apart.
 */

import { FRAME_MS } from "./framer";

/** How much the clocks may drift apart from one frame to the next. */
const DRIFT_MS = 0.5;
/** No page is busy for so long: the computer was asleep. */
const RESET_MS = 10_000;

export class CaptureClock {
  private offset: number | null = null;

  /** Return when a frame began, in ms since 1970: `soundMs` by the clock of the sound, `nowMs` is when it arrived. */
  at(soundMs: number, nowMs: number): number {
    const seen = nowMs - soundMs - FRAME_MS;
    const { offset } = this;
    const isReset = offset === null || seen - offset > RESET_MS;
    this.offset = isReset ? seen : Math.min(seen, offset + DRIFT_MS);
    return soundMs + this.offset;
  }

  /** Begin again: the sound stood still. */
  reset(): void {
    this.offset = null;
  }
}
