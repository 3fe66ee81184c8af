/** The part that runs in the browser's sound thread: it makes frames of the microphone's sound. */

import { Framer } from "./framer";
import { Resampler } from "./resampler";

declare const sampleRate: number;
declare const currentTime: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: typeof AudioWorkletProcessor): void;

class SpeechProcessor extends AudioWorkletProcessor {
  private readonly resampler = new Resampler(sampleRate);
  private readonly framer = new Framer((frame) => this.port.postMessage(frame, [frame.samples.buffer]));
  private mono = new Float32Array(0);

  constructor() {
    super();
    // The answer comes after the last frame.
    this.port.onmessage = () => {
      this.framer.flush();
      this.port.postMessage(null);
    };
  }

  process([channels = []]: Float32Array[][]): boolean {
    const sound = this.mixed(channels);
    if (sound) this.resampler.push(sound, (sample) => this.framer.add(sample, currentTime));
    return true;
  }

  private mixed(channels: Float32Array[]): Float32Array | undefined {
    const [first, ...others] = channels;
    if (!first || others.length === 0) return first;
    if (this.mono.length !== first.length) this.mono = new Float32Array(first.length);
    for (let place = 0; place < first.length; place++) {
      let sum = 0;
      for (const channel of channels) sum += channel[place] ?? 0;
      this.mono[place] = sum / channels.length;
    }
    return this.mono;
  }
}

registerProcessor("connvo-speech", SpeechProcessor);
