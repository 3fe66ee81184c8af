/**
 * Sound at the rate of the recogniser: a low-pass of windowed sinc functions, computed where an output sample is due.
 * Every browser takes this way, as Firefox refuses to convert the sound of a microphone.
 */

export const RATE_HZ = 16_000;

/** Zero crossings of the filter on either side: more make it steeper. */
const CROSSINGS = 12;
/** The part of the new bandwidth that passes. */
const PASSED = 0.9;
/** Places between two input samples that are told apart. */
const PHASES = 512;
const BLOCK_SAMPLES = 1_024;

export class Resampler {
  /** Input samples per output sample. */
  private readonly step: number;
  private readonly scale: number;
  /** Input samples on either side that an output sample is made of. */
  private readonly reach: number;
  private readonly filters = new Map<number, Float32Array>();
  private readonly window: Float32Array;
  private filled: number;
  /** Where the next output sample is due in the window. */
  private due: number;

  constructor(inputHz: number) {
    this.step = inputHz / RATE_HZ;
    this.scale = PASSED / Math.max(1, this.step);
    this.reach = Math.ceil(CROSSINGS / this.scale);
    this.window = new Float32Array(2 * this.reach + Math.ceil(this.step) + BLOCK_SAMPLES);
    this.filled = this.reach;
    this.due = this.reach;
  }

  /** Convert samples, and pass on each that is complete. */
  push(input: Float32Array, take: (sample: number) => void): void {
    for (let read = 0; read < input.length; ) {
      const count = Math.min(input.length - read, this.window.length - this.filled);
      this.window.set(input.subarray(read, read + count), this.filled);
      this.filled += count;
      read += count;
      this.drain(take);
    }
  }

  private drain(take: (sample: number) => void): void {
    while (Math.floor(this.due) + this.reach + 1 < this.filled) {
      take(this.sampleAt(this.due));
      this.due += this.step;
    }
    const used = Math.floor(this.due) - this.reach;
    if (used <= 0) return;
    this.window.copyWithin(0, used, this.filled);
    this.filled -= used;
    this.due -= used;
  }

  private sampleAt(place: number): number {
    const whole = Math.floor(place);
    const filter = this.filterOf(Math.round((place - whole) * PHASES));
    const first = whole - this.reach;
    let sum = 0;
    for (let tap = 0; tap < filter.length; tap++) sum += (filter[tap] ?? 0) * (this.window[first + tap] ?? 0);
    return sum;
  }

  private filterOf(phase: number): Float32Array {
    const known = this.filters.get(phase);
    if (known) return known;
    const taps = Float64Array.from({ length: 2 * this.reach + 2 }, (_, tap) =>
      this.responseAt(tap - this.reach - phase / PHASES),
    );
    const total = taps.reduce((sum, tap) => sum + tap, 0);
    const made = Float32Array.from(taps, (tap) => tap / total);
    this.filters.set(phase, made);
    return made;
  }

  /** Return the filter at a distance in input samples: a sinc under a Hann window. */
  private responseAt(distance: number): number {
    const part = distance / (this.reach + 1);
    if (Math.abs(part) >= 1) return 0;
    const turns = Math.PI * distance * this.scale;
    return (turns === 0 ? 1 : Math.sin(turns) / turns) * (0.5 + 0.5 * Math.cos(Math.PI * part));
  }
}
