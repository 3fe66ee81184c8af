/**
 * The track of one device: whether it is live, and whether it is interrupted.
 *
 * Guarantees: at most one track is held, and one that is given up is stopped.
 */

/** Browsers briefly mute a track when they are slow; beyond this it is an interruption. */
export const INTERRUPTED_AFTER_MS = 1_000;

export class Capture {
  track: MediaStreamTrack | null = null;
  interrupted = false;
  /** Whether the track was opened because the former one was lost. */
  reopened = false;
  private openedAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly onLost: () => void,
    private readonly onChange: () => void,
  ) {}

  get isLive(): boolean {
    return this.track?.readyState === "live";
  }

  /** Whether it is captured, and not silenced. */
  get on(): boolean {
    return this.isLive && !this.interrupted && this.track?.enabled === true;
  }

  get deviceId(): string | undefined {
    return this.track?.getSettings?.().deviceId;
  }

  /** Return how long the track has been held. */
  get ageMs(): number {
    return performance.now() - this.openedAt;
  }

  /** Hold a track in place of the former one. `listen` follows what happens to it. */
  take(track: MediaStreamTrack, reopened: boolean): void {
    this.close();
    this.track = track;
    this.openedAt = performance.now();
    this.reopened = reopened;
  }

  listen(): void {
    const { track } = this;
    if (!track) return;
    track.onended = () => this.onLost();
    track.onmute = () => this.interruptSoon(track);
    track.onunmute = () => this.interrupt(false);
    if (track.readyState === "ended") this.onLost();
    else if (track.muted) this.interruptSoon(track);
  }

  close(): void {
    clearTimeout(this.timer);
    this.interrupted = false;
    this.reopened = false;
    const { track } = this;
    this.track = null;
    if (!track) return;
    track.onended = track.onmute = track.onunmute = null;
    track.stop();
  }

  private interruptSoon(track: MediaStreamTrack): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.interrupt(track.muted), INTERRUPTED_AFTER_MS);
  }

  private interrupt(interrupted: boolean): void {
    clearTimeout(this.timer);
    if (this.interrupted === interrupted) return;
    this.interrupted = interrupted;
    this.onChange();
  }
}
