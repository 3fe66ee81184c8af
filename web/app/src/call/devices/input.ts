/**
 * One microphone or camera: whether it is wanted, its track, and any problem.
 *
 * Guarantees:
 * - At most one track is live, and it belongs to this input: any other that arrives is stopped at once.
 * - At most one request counts. When its track arrives, the latest choice decides what happens to it.
 * - A track that has ended is never used again.
 */

import type { Outcome, Request } from "./opening";
import { LIST_OF } from "./options";
import type { Kind } from "./ports";
import { ABSENT, type Problem } from "./problems";

/** Browsers briefly mute a track when they are slow; beyond this it is an interruption. */
export const INTERRUPTED_AFTER_MS = 1_000;
/** If a replacement for a lost device is lost sooner than this, it is not opened again. */
export const STABLE_AFTER_MS = 2_000;

export class Input {
  /** Whether the user wants it on. */
  wanted = true;
  track: MediaStreamTrack | null = null;
  /** Whether another device has replaced one that was lost. */
  replaced = false;
  /** Whether the track was opened because the former one was lost. */
  private reopened = false;
  private failure: Problem | null = null;
  /** The problem to report once the device is open to which a failed choice has led back. */
  private failedChoice: Problem | null = null;
  private request: Request | null = null;
  /** The device to return to if the one being opened fails; null while none is being changed. */
  private former: string | null = null;
  /** The chosen device, if it was unplugged while in use. */
  private absent = "";
  /** The device that was unplugged in use, until one is captured again. */
  private lost: string | null = null;
  private interrupted = false;
  private openedAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly kind: Kind,
    /** The device that the user has chosen, "" for the default. */
    public chosen: string,
    private readonly onChange: () => void,
  ) {}

  /** Whether it is captured, and not silenced. */
  get on(): boolean {
    return this.isLive && !this.interrupted && this.track?.enabled === true;
  }

  get isLive(): boolean {
    return this.track?.readyState === "live";
  }

  get opening(): boolean {
    return this.wanted && this.request !== null;
  }

  get problem(): Problem | null {
    return this.failure ?? (this.interrupted && this.wanted ? "interrupted" : null);
  }

  /** Whether a device has to be requested. */
  get isDue(): boolean {
    return this.wanted && !this.request && !this.failure && (!this.isLive || this.former !== null);
  }

  /** The device being captured. */
  get deviceId(): string | undefined {
    return this.track?.getSettings?.().deviceId;
  }

  /** Make the request that is due. */
  ask(): Request {
    const request: Request = {
      kind: this.kind,
      deviceId: this.chosen,
      isWanted: () => this.request === request && this.wanted,
      settle: (outcome) => this.settle(request, outcome),
    };
    this.request = request;
    return request;
  }

  /** Turn it on or off. Off closes it, or only silences it where it is `kept`, so that it is back without delay. */
  turn(on: boolean, kept: boolean): void {
    this.wanted = on;
    this.failure = null;
    this.lost = null;
    if (on && this.interrupted) this.close();
    if (!on && !kept) this.close();
    if (this.track) this.track.enabled = on;
    this.onChange();
  }

  /** Use another device from now on, "" for the default. */
  choose(deviceId: string): void {
    const captured = this.on && !this.request && deviceId !== "" && deviceId === this.deviceId;
    if (!captured) this.exchange();
    this.chosen = deviceId;
    this.absent = "";
    this.onChange();
  }

  /** Handle devices that were plugged in or removed. */
  follow(before: MediaDeviceInfo[], now: MediaDeviceInfo[]): void {
    const had = before.filter(({ kind }) => kind === LIST_OF[this.kind]).map(({ deviceId }) => deviceId);
    const has = now.filter(({ kind }) => kind === LIST_OF[this.kind]).map(({ deviceId }) => deviceId);
    const id = this.deviceId;
    // a list without ids says nothing about a single device
    if (this.track && id && had.includes(id) && !has.includes(id) && !has.includes("")) this.lose(this.track);
    if (this.absent && has.includes(this.absent)) this.comeBack();
    if (this.failure && ABSENT.includes(this.failure) && has.length > 0) {
      this.failure = null;
      this.onChange();
    }
  }

  /** Release everything, including a track that has not arrived yet. `wanted` stays. */
  release(): void {
    this.close();
    this.request = null;
    this.former = null;
    this.failure = this.failedChoice = null;
    this.lost = null;
    this.absent = "";
  }

  private settle(request: Request, outcome: Outcome): void {
    if (this.request !== request) {
      if (typeof outcome === "object" && "track" in outcome) outcome.track.stop();
      return;
    }
    this.request = null;
    if (outcome !== "dropped" && "track" in outcome) this.take(outcome.track);
    else if (outcome !== "dropped" && this.wanted) this.fail(outcome.problem);
    this.onChange();
  }

  /**
   * Change to another device: the present one is captured until the other is there, and a pending request is dropped.
   */
  private exchange(): void {
    if (this.isLive && this.wanted) this.former ??= this.chosen;
    else this.close();
    this.request = null;
    this.failure = this.failedChoice = null;
  }

  private take(track: MediaStreamTrack): void {
    const exchanged = this.former !== null;
    this.former = null;
    if (!this.wanted) {
      track.stop();
      if (exchanged) this.close(); // it is silent, and of the former device
      return;
    }
    this.close();
    this.track = track;
    this.openedAt = performance.now();
    this.reopened = this.lost !== null;
    this.replaced = this.reopened && this.deviceId !== this.lost;
    this.lost = null;
    this.failure = this.failedChoice;
    this.failedChoice = null;
    this.listen(track);
  }

  private fail(problem: Problem): void {
    const { former } = this;
    if (this.isLive && problem === "busy") {
      this.close(); // phones open one camera at a time: request it again with the other one closed
    } else if (former === null) {
      this.failure = this.lost !== null && problem === "missing" ? "unplugged" : problem;
    } else {
      this.former = null;
      this.chosen = former;
      if (this.isLive) this.failure = problem;
      else this.failedChoice = problem;
    }
  }

  private comeBack(): void {
    const device = this.absent;
    this.absent = "";
    if (this.isLive && this.wanted) this.former = this.deviceId ?? "";
    else this.close();
    this.chosen = device;
    this.onChange();
  }

  private listen(track: MediaStreamTrack): void {
    track.onended = () => this.lose(track);
    track.onmute = () => this.interruptSoon(track);
    track.onunmute = () => this.interrupt(false);
    if (track.readyState === "ended") this.lose(track);
    else if (track.muted) this.interruptSoon(track);
  }

  private lose(track: MediaStreamTrack): void {
    if (this.track !== track) return;
    const brief = this.reopened && performance.now() - this.openedAt < STABLE_AFTER_MS;
    if (this.chosen && this.chosen === this.deviceId) this.absent = this.chosen;
    this.lost = this.deviceId ?? "";
    this.close();
    this.former = null;
    if (brief && this.wanted) this.failure = "unstable";
    this.onChange();
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

  private close(): void {
    clearTimeout(this.timer);
    this.interrupted = false;
    this.replaced = this.reopened = false;
    const { track } = this;
    this.track = null;
    if (!track) return;
    track.onended = track.onmute = track.onunmute = null;
    track.stop();
  }
}
