/**
 * Keeps the media sent in a GetStream call in line with this page's tracks, one change at a time.
 *
 * The SDK sends copies, so muting a track does not silence them: a muted track is unpublished at once. The SDK may also
 * end the track it was given, so it is given a copy.
 */

import { CONNECT_WITHIN_MS } from "../../monitor/silence";
import { type Fault, KINDS, type Kind, type Tracks } from "../../types";
import { AUDIO, type StreamCall, VIDEO } from "./sdk";

const NUMBERS: Record<Kind, number> = { audio: AUDIO, video: VIDEO };
/** How long to wait before publishing again after a failure. */
export const PUBLISH_RETRY_MS = 1_000;

/** A track, and the copy that was given to the SDK. */
type Sent = { track: MediaStreamTrack; copy: MediaStreamTrack };

export class GetStreamPublisher {
  private readonly sent = new Map<Kind, Sent>();
  private busy = false;
  private stale = false;
  private over = false;
  private retryAt = Number.NEGATIVE_INFINITY;
  /** Since when the published media have been out of line, and why. */
  private pending: { since: number; why: string } | null = null;

  constructor(
    private readonly call: StreamCall,
    private tracks: Tracks,
  ) {}

  /** Whether anything is sent. */
  get active(): boolean {
    return this.sent.size > 0;
  }

  /** Whether the published media differ from this page's tracks. */
  get behind(): boolean {
    return this.pending !== null;
  }

  /** Return the fault when publishing takes too long. */
  overdue(now: number): Fault | null {
    if (!this.pending || now - this.pending.since <= CONNECT_WITHIN_MS) return null;
    return {
      errorType: "signaling_failed",
      details: `GetStream does not publish this page's media: ${this.pending.why}`,
    };
  }

  async set(tracks: Tracks): Promise<void> {
    this.tracks = tracks;
    for (const kind of KINDS) {
      if (this.liveTrack(kind) || !(this.drop(kind) || this.busy)) continue;
      this.call.stopPublish(NUMBERS[kind]).catch(() => undefined); // `sync` completes it
    }
    this.retryAt = Number.NEGATIVE_INFINITY;
    await this.sync();
  }

  /** Bring the published media in line, now or after the change under way. */
  async sync(): Promise<void> {
    this.stale = true;
    if (this.busy || this.over || performance.now() < this.retryAt) return;
    this.busy = true;
    while (this.stale && !this.over) {
      this.stale = false;
      await this.adjustAll();
    }
    this.busy = false;
  }

  /** Stop publishing for good. */
  close(): void {
    this.over = true;
    for (const kind of KINDS) this.drop(kind);
  }

  private async adjustAll(): Promise<void> {
    try {
      for (const kind of KINDS) await this.adjust(kind);
      this.pending = null;
    } catch (error) {
      this.pending = { since: this.pending?.since ?? performance.now(), why: String(error) };
      this.retryAt = performance.now() + PUBLISH_RETRY_MS;
    }
  }

  private async adjust(kind: Kind): Promise<void> {
    const track = this.liveTrack(kind);
    if (track ? this.isSent(kind, track) : !this.sent.has(kind) && !this.isPublishing(kind)) return;
    this.pending ??= { since: performance.now(), why: "no answer" };
    if (track) return this.publish(kind, track);
    await this.call.stopPublish(NUMBERS[kind]);
    this.drop(kind);
  }

  private async publish(kind: Kind, track: MediaStreamTrack): Promise<void> {
    const copy = track.clone();
    try {
      await this.call.publish(new MediaStream([copy]), NUMBERS[kind]);
    } catch (error) {
      copy.stop();
      throw error;
    }
    this.drop(kind);
    this.sent.set(kind, { track, copy });
    if (this.over) this.drop(kind);
    else if (!this.isPublishing(kind)) throw new Error(`${kind} is not sent`);
  }

  private isSent(kind: Kind, track: MediaStreamTrack): boolean {
    const sent = this.sent.get(kind);
    return sent?.track === track && sent.copy.readyState === "live" && this.isPublishing(kind);
  }

  /** Stop the copy that was sent; return whether there was one. */
  private drop(kind: Kind): boolean {
    this.sent.get(kind)?.copy.stop();
    return this.sent.delete(kind);
  }

  /** Whether the SDK is publishing this kind; it stops at every reconnection. */
  private isPublishing(kind: Kind): boolean {
    return this.call.publisher?.isPublishing(NUMBERS[kind]) ?? false;
  }

  /** The track of this kind, unless it is muted or has ended. */
  private liveTrack(kind: Kind): MediaStreamTrack | undefined {
    const track = this.tracks[kind];
    return track?.enabled && track.readyState === "live" ? track : undefined;
  }
}
