/** Decides which frames leave this device: those with sound, some before it, and some after. */

import { FRAME_MS } from "./framer";

/** Room noise is below this level, speech above it. */
const OPEN_DB = -55;
const BEFORE_FRAMES = 300 / FRAME_MS;
const AFTER_FRAMES = 800 / FRAME_MS;

export class LevelGate<F extends { level: number }> {
  private before: F[] = [];
  /** Quiet frames that may still pass. */
  private left = 0;

  /** Return the frames to send now, in order. */
  pass(frame: F): F[] {
    if (frame.level >= OPEN_DB) {
      this.left = AFTER_FRAMES;
      return [...this.before.splice(0), frame];
    }
    if (this.left > 0) {
      this.left--;
      return [frame];
    }
    this.before.push(frame);
    if (this.before.length > BEFORE_FRAMES) this.before.shift();
    return [];
  }

  /** Forget what was not sent: the microphone was muted. */
  shut(): void {
    this.before = [];
    this.left = 0;
  }
}
