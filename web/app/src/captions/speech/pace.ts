/** A bound on how much is sent at once: the server takes 40 frames a second. */

const RATE_PER_S = 30;
const BURST = 6;

export class Pace {
  private tokens = BURST;
  private at: number | null = null;

  /** Return whether one more may be sent now. */
  take(nowMs: number): boolean {
    const passed = Math.max(0, nowMs - (this.at ?? nowMs));
    this.tokens = Math.min(BURST, this.tokens + (passed * RATE_PER_S) / 1_000);
    this.at = nowMs;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
