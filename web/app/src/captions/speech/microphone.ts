/** The sound of a microphone as frames, each with the time at which it was captured. */

import { CaptureClock } from "./captureClock";
import type { SoundFrame } from "./framer";
import type { CapturedFrame } from "./sender";
import processor from "./worklet.ts?worker&url";

/** Events after which browsers let a page hear. */
const PRESSES = ["pointerup", "keydown"] as const;
/** Browsers start the sound of a page within this time. Firefox never does on a machine without any sound output. */
const STARTS_WITHIN_MS = 5_000;

export class Microphone {
  private readonly clock = new CaptureClock();
  private source: MediaStreamAudioSourceNode | null = null;
  private doubt: ReturnType<typeof setTimeout> | undefined;

  private constructor(
    private readonly context: AudioContext,
    private readonly node: AudioWorkletNode,
    onFrame: (frame: CapturedFrame) => void,
    onFlushed: () => void,
    private readonly onDeaf: (deaf: boolean) => void,
  ) {
    context.onstatechange = () => {
      if (context.state === "running") onDeaf(false);
    };
    node.port.onmessage = ({ data }: MessageEvent<SoundFrame | null>) => {
      if (data) onFrame({ ...data, at: this.clock.at(1_000 * data.at, Date.now()) });
      else {
        if (!this.source) void context.suspend();
        onFlushed();
      }
    };
    // Its output is silent: a browser runs only what leads to the speaker.
    node.connect(context.destination);
    for (const press of PRESSES) addEventListener(press, this.wake);
  }

  /**
   * Prepare a microphone. `onFlushed` is called when the last frame of a track has been passed on, and `onDeaf` when the
   * browser does not start the sound, and when it does after all.
   */
  static async open(
    onFrame: (frame: CapturedFrame) => void,
    onFlushed: () => void,
    onDeaf: (deaf: boolean) => void,
  ): Promise<Microphone> {
    const context = new AudioContext({ latencyHint: "playback" });
    try {
      await context.audioWorklet.addModule(processor);
      const node = new AudioWorkletNode(context, "connvo-speech");
      return new Microphone(context, node, onFrame, onFlushed, onDeaf);
    } catch (error) {
      void context.close();
      throw error;
    }
  }

  /** Hear this track, or none. */
  hear(track: MediaStreamTrack | null): void {
    this.source?.disconnect();
    this.clock.reset();
    if (this.source) this.node.port.postMessage("flush");
    else if (!track) void this.context.suspend();
    this.source = track && this.context.createMediaStreamSource(new MediaStream([track]));
    this.source?.connect(this.node);
    this.wake();
    clearTimeout(this.doubt);
    if (track) this.doubt = setTimeout(() => this.onDeaf(this.context.state !== "running"), STARTS_WITHIN_MS);
    else this.onDeaf(false);
  }

  close(): void {
    clearTimeout(this.doubt);
    this.context.onstatechange = null;
    for (const press of PRESSES) removeEventListener(press, this.wake);
    this.source?.disconnect();
    this.node.disconnect();
    this.node.port.onmessage = null;
    void this.context.close().catch(() => undefined);
  }

  private readonly wake = (): void => {
    const { state } = this.context;
    if (this.source && state !== "running" && state !== "closed") this.context.resume().catch(() => undefined);
  };
}
