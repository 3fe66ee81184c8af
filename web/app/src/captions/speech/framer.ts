/** Frames of 100 ms, as they are sent, made of single samples. */

import { RATE_HZ } from "./resampler";

export const FRAME_MS = 100;
export const FRAME_SAMPLES = (RATE_HZ * FRAME_MS) / 1_000;
const LOUDEST = 32_767;
/** The level of silence in dBFS. */
export const SILENCE_DB = -120;

/** `level` is the root mean square in dBFS, and `at` when the frame begins, in seconds of the sound's own clock. */
export type SoundFrame = { samples: Int16Array; level: number; at: number };

export class Framer {
  private samples = new Int16Array(FRAME_SAMPLES);
  private count = 0;
  private power = 0;
  private at = 0;

  constructor(private readonly onFrame: (frame: SoundFrame) => void) {}

  /** Add a sample between −1 and 1 that was heard at a time. */
  add(sample: number, at: number): void {
    if (this.count === 0) this.at = at;
    const bounded = Math.max(-1, Math.min(1, sample));
    this.samples[this.count++] = Math.round(bounded * LOUDEST);
    this.power += bounded * bounded;
    if (this.count === FRAME_SAMPLES) this.pass();
  }

  /** Pass on a frame that is not full, with silence after its samples. */
  flush(): void {
    if (this.count > 0) this.pass();
  }

  private pass(): void {
    const level = this.power === 0 ? SILENCE_DB : 10 * Math.log10(this.power / FRAME_SAMPLES);
    this.onFrame({ samples: this.samples, level: Math.max(SILENCE_DB, level), at: this.at });
    this.samples = new Int16Array(FRAME_SAMPLES);
    this.count = 0;
    this.power = 0;
  }
}
