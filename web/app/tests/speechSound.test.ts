/** From the microphone to frames: the rate, the level, the gate, and the time. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CaptureClock } from "../src/captions/speech/captureClock";
import { FRAME_MS, FRAME_SAMPLES, Framer, type SoundFrame } from "../src/captions/speech/framer";
import { LevelGate } from "../src/captions/speech/gate";
import { RATE_HZ, Resampler } from "../src/captions/speech/resampler";

/** Browsers hand over so many samples at once. */
const QUANTUM = 128;

function tone(hz: number, rate: number, seconds = 1): Float32Array {
  return Float32Array.from({ length: rate * seconds }, (_, place) => Math.sin((2 * Math.PI * hz * place) / rate));
}

function resampled(sound: Float32Array, rate: number, sizes: (place: number) => number = () => QUANTUM): number[] {
  const resampler = new Resampler(rate);
  const out: number[] = [];
  for (let place = 0; place < sound.length; ) {
    const size = sizes(place);
    resampler.push(sound.subarray(place, place + size), (sample) => out.push(sample));
    place += size;
  }
  return out;
}

/** The level of a sound in dB below a full tone, without its edges. */
function levelOf(sound: number[]): number {
  const middle = sound.slice(400, -400);
  return 10 * Math.log10((2 * middle.reduce((sum, one) => sum + one * one, 0)) / middle.length);
}

describe("the rate", () => {
  it.each([8_000, 16_000, 22_050, 44_100, 48_000, 96_000])("of %i becomes 16 kHz", (rate) => {
    const out = resampled(tone(300, rate), rate);
    expect(Math.abs(out.length - RATE_HZ)).toBeLessThan(60);
    expect(Math.abs(levelOf(out))).toBeLessThan(0.1);
  });

  it.each([1_000, 3_000, 6_000])("keeps a tone of %i Hz as it was", (hz) => {
    const out = resampled(tone(hz, 48_000), 48_000);
    const wanted = tone(hz, RATE_HZ);
    const worst = Math.max(...out.slice(400, 8_000).map((one, place) => Math.abs(one - (wanted[place + 400] ?? 0))));
    expect(worst).toBeLessThan(0.02);
  });

  it.each([10_000, 13_000, 20_000])("removes a tone of %i Hz, which would become another one", (hz) => {
    expect(levelOf(resampled(tone(hz, 48_000), 48_000))).toBeLessThan(-50);
  });

  it("is the same in pieces of any size", () => {
    const sound = tone(440, 44_100, 0.2);
    const whole = resampled(sound, 44_100, () => sound.length);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        let turn = 0;
        const pieces = resampled(sound, 44_100, () => sizes[turn++ % sizes.length] ?? 1);
        expect(pieces.length).toBe(whole.length);
        expect(Math.max(...pieces.map((one, place) => Math.abs(one - (whole[place] ?? 0))))).toBeLessThan(1e-6);
      }),
      { numRuns: 20 },
    );
  });
});

describe("frames", () => {
  function framed(samples: number[]): SoundFrame[] {
    const frames: SoundFrame[] = [];
    const framer = new Framer((frame) => frames.push(frame));
    samples.forEach((sample, place) => {
      framer.add(sample, place / RATE_HZ);
    });
    framer.flush();
    framer.flush();
    return frames;
  }

  it("have 100 ms each, and the last one ends with silence", () => {
    const frames = framed(new Array(FRAME_SAMPLES + 10).fill(0.5));
    expect(frames.map((frame) => frame.samples.length)).toEqual([FRAME_SAMPLES, FRAME_SAMPLES]);
    expect(frames.map((frame) => frame.at)).toEqual([0, FRAME_SAMPLES / RATE_HZ]);
    expect(Array.from(frames[1]?.samples.subarray(8, 12) ?? [])).toEqual([16_384, 16_384, 0, 0]);
  });

  it("know how loud they are", () => {
    const [loud, quiet, silent] = [1, 0.001, 0].map((level) => framed(new Array(FRAME_SAMPLES).fill(level))[0]?.level);
    expect(loud).toBeCloseTo(0);
    expect(quiet).toBeCloseTo(-60);
    expect(silent).toBe(-120);
  });

  it("take no sample beyond what they can hold", () => {
    const [frame] = framed([2, -2, Number.NaN, ...new Array(FRAME_SAMPLES - 3).fill(0)]);
    expect(Array.from(frame?.samples.subarray(0, 3) ?? [])).toEqual([32_767, -32_767, 0]);
  });
});

describe("the gate", () => {
  const [LOUD, QUIET] = [-20, -70];
  const passed = (levels: number[]) => {
    const gate = new LevelGate<{ level: number; place: number }>();
    return levels.flatMap((level, place) => gate.pass({ level, place })).map((frame) => frame.place);
  };

  it("lets nothing out of a quiet room", () => {
    expect(passed(new Array(100).fill(QUIET))).toEqual([]);
  });

  it("opens 300 ms before the sound, and shuts 800 ms after it", () => {
    const levels = [...new Array(10).fill(QUIET), LOUD, ...new Array(20).fill(QUIET)];
    expect(passed(levels)).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]);
  });

  it("passes frames in order, each at most once, and every loud one", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(LOUD, QUIET), { maxLength: 80 }), (levels) => {
        const places = passed(levels);
        expect(places).toEqual([...new Set(places)].sort((one, other) => one - other));
        levels.forEach((level, place) => {
          if (level === LOUD) expect(places).toContain(place);
        });
      }),
    );
  });

  it("forgets what was heard before it was muted", () => {
    const gate = new LevelGate<{ level: number }>();
    gate.pass({ level: QUIET });
    gate.shut();
    expect(gate.pass({ level: LOUD })).toHaveLength(1);
  });
});

describe("the time of a frame", () => {
  const START = 1_700_000_000_000;

  it("is that of the quickest arrival, however late others come", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 20, maxLength: 60 }), (delays) => {
        const clock = new CaptureClock();
        const found = [0, ...delays].map((delay, place) =>
          clock.at(place * FRAME_MS, START + (place + 1) * FRAME_MS + delay),
        );
        found.forEach((at, place) => {
          expect(Math.abs(at - (START + place * FRAME_MS))).toBeLessThanOrEqual(delays.length);
        });
      }),
    );
  });

  it("follows a clock that runs fast, within 300 ms after two hours", () => {
    const clock = new CaptureClock();
    let at = 0;
    for (let place = 0; place < 72_000; place++)
      at = clock.at(place * FRAME_MS, START + (place + 1) * FRAME_MS * 1.001 + (place % 7));
    expect(Math.abs(at - (START + 71_999 * FRAME_MS * 1.001))).toBeLessThan(300);
  });

  it("begins again when the computer was asleep", () => {
    const clock = new CaptureClock();
    clock.at(0, START);
    expect(clock.at(FRAME_MS, START + 3_600_000)).toBe(START + 3_600_000 - FRAME_MS);
  });
});
