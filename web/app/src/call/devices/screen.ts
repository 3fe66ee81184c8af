/**
 * The shared screen. While the browser's own picker is open, a second press changes nothing: the user decides there.
 */

import type { CaptureSource } from "./ports";
import { screenWordsFor } from "./problems";

export type ScreenEvents = { onChange(): void; onFault(words: string): void };

const IMPOSSIBLE = "This browser cannot share a screen.";

export class Screen {
  track: MediaStreamTrack | null = null;
  private request: symbol | null = null;

  constructor(
    private readonly source: CaptureSource | null,
    private readonly events: ScreenEvents,
  ) {}

  get canShare(): boolean {
    return typeof this.source?.getDisplayMedia === "function";
  }

  /** Share, or stop. Browsers open the picker only during a user action, so nothing is awaited before it. */
  async toggle(): Promise<void> {
    if (this.track) return this.end();
    if (this.request) return;
    const request = Symbol("screen");
    this.request = request;
    try {
      if (!this.source?.getDisplayMedia) return this.events.onFault(IMPOSSIBLE);
      const stream = await this.source.getDisplayMedia({ video: true });
      const [track] = stream.getVideoTracks();
      if (track) this.take(track, request);
    } catch (error) {
      const words = screenWordsFor(error);
      if (words && this.request === request) this.events.onFault(words);
    } finally {
      if (this.request === request) this.request = null;
    }
  }

  /** Release it, including a screen that has not been picked yet. */
  release(): void {
    this.request = null;
    this.close();
  }

  private take(track: MediaStreamTrack, request: symbol): void {
    if (this.request !== request || track.readyState === "ended") {
      track.stop();
      return;
    }
    this.track = track;
    track.onended = () => this.end();
    this.events.onChange();
  }

  private end(): void {
    this.close();
    this.events.onChange();
  }

  private close(): void {
    const { track } = this;
    this.track = null;
    if (!track) return;
    track.onended = null;
    track.stop();
  }
}
