/** The last seconds of speech, kept until the server has stored their words, to be sent again after any failure. */

import { FRAME_MS } from "./framer";

export type NumberedFrame = { sequence: number; at: number; samples: Int16Array };

const KEPT_MS = 30_000;
export const KEPT_FRAMES = KEPT_MS / FRAME_MS;
/** Before the samples: a number of four bytes, and a time of eight. */
const HEADER_BYTES = 12;
const SAMPLE_BYTES = 2;

export class Unstored {
  private frames: NumberedFrame[] = [];
  private last = 0;
  /** Frames that were dropped before their words were stored. */
  lost = 0;

  get lastSequence(): number {
    return this.last;
  }

  get isEmpty(): boolean {
    return this.frames.length === 0;
  }

  /** When the oldest frame was captured, in ms since 1970. */
  get oldestAt(): number | null {
    return this.frames[0]?.at ?? null;
  }

  add(at: number, samples: Int16Array): void {
    this.frames.push({ sequence: ++this.last, at, samples });
    if (this.frames.length <= KEPT_FRAMES) return;
    this.frames.shift();
    this.lost++;
  }

  /** Drop the frames up to one whose words are stored. */
  settle(through: number): void {
    if ((this.frames[0]?.sequence ?? Number.POSITIVE_INFINITY) > through) return;
    this.frames = this.frames.filter((frame) => frame.sequence > through);
  }

  /** Return the first frame after a sequence. */
  after(sequence: number): NumberedFrame | undefined {
    const first = this.frames[0]?.sequence ?? 0;
    return this.frames[Math.max(0, sequence + 1 - first)];
  }
}

/** Return a frame as it travels; see docs/protocol.md. */
export function encoded({ sequence, at, samples }: NumberedFrame): ArrayBuffer {
  const bytes = new DataView(new ArrayBuffer(HEADER_BYTES + SAMPLE_BYTES * samples.length));
  bytes.setUint32(0, sequence, true);
  bytes.setFloat64(4, at, true);
  samples.forEach((sample, place) => {
    bytes.setInt16(HEADER_BYTES + SAMPLE_BYTES * place, sample, true);
  });
  return bytes.buffer;
}
