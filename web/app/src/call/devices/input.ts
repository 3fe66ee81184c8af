/**
 * One microphone or camera: whether it is wanted, its track, and any problem.
 *
 * Guarantees:
 * - At most one track is live, and it belongs to this input: any other that arrives is stopped at once.
 * - At most one request counts. When its track arrives, the latest choice decides what happens to it.
 * - A track that has ended is never used again.
 */

import { Capture } from "./capture";
import type { Outcome, Request } from "./opening";
import { LIST_OF } from "./options";
import type { Kind } from "./ports";
import { ABSENT, type Problem } from "./problems";

/** If a replacement for a lost device is lost sooner than this, it is not opened again. */
export const STABLE_AFTER_MS = 2_000;

export class Input {
  /** Whether the user wants it on. */
  wanted = true;
  private readonly capture: Capture;
  /** Whether the device being captured has replaced another one that was lost. */
  private substitute = false;
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

  constructor(
    readonly kind: Kind,
    /** The device that the user has chosen, "" for the default. */
    public chosen: string,
    private readonly onChange: () => void,
  ) {
    this.capture = new Capture(() => this.lose(), onChange);
  }

  get track(): MediaStreamTrack | null {
    return this.capture.track;
  }

  /** Whether it is captured, and not silenced. */
  get on(): boolean {
    return this.capture.on;
  }

  /** Whether another device has replaced one that was lost. */
  get replaced(): boolean {
    return this.substitute && this.capture.reopened;
  }

  get opening(): boolean {
    return this.wanted && this.request !== null;
  }

  get problem(): Problem | null {
    return this.failure ?? (this.capture.interrupted && this.wanted ? "interrupted" : null);
  }

  /** Whether a device has to be requested. */
  get isDue(): boolean {
    return this.wanted && !this.request && !this.failure && (!this.capture.isLive || this.former !== null);
  }

  /** The device being captured. */
  get deviceId(): string | undefined {
    return this.capture.deviceId;
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
    if (on && this.capture.interrupted) this.capture.close();
    if (!on && !kept) this.capture.close();
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
    if (this.track && id && had.includes(id) && !has.includes(id) && !has.includes("")) this.lose();
    if (this.absent && has.includes(this.absent)) this.comeBack();
    if (this.failure && ABSENT.includes(this.failure) && has.length > 0) {
      this.failure = null;
      this.onChange();
    }
  }

  /** Release everything, including a track that has not arrived yet. `wanted` stays. */
  release(): void {
    this.capture.close();
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
    if (this.capture.isLive && this.wanted) this.former ??= this.chosen;
    else this.capture.close();
    this.request = null;
    this.failure = this.failedChoice = null;
  }

  private take(track: MediaStreamTrack): void {
    const exchanged = this.former !== null;
    this.former = null;
    if (!this.wanted) {
      track.stop();
      if (exchanged) this.capture.close(); // it is silent, and of the former device
      return;
    }
    this.capture.take(track, this.lost !== null);
    this.substitute = this.deviceId !== this.lost;
    this.lost = null;
    this.failure = this.failedChoice;
    this.failedChoice = null;
    this.capture.listen();
  }

  private fail(problem: Problem): void {
    const { former } = this;
    if (this.capture.isLive && problem === "busy") {
      this.capture.close(); // phones open one camera at a time: request it again with the other one closed
    } else if (former === null) {
      this.failure = this.lost !== null && problem === "missing" ? "unplugged" : problem;
    } else {
      this.former = null;
      this.chosen = former;
      if (this.capture.isLive) this.failure = problem;
      else this.failedChoice = problem;
    }
  }

  private comeBack(): void {
    const device = this.absent;
    this.absent = "";
    if (this.capture.isLive && this.wanted) this.former = this.deviceId ?? "";
    else this.capture.close();
    this.chosen = device;
    this.onChange();
  }

  private lose(): void {
    const brief = this.capture.reopened && this.capture.ageMs < STABLE_AFTER_MS;
    if (this.chosen && this.chosen === this.deviceId) this.absent = this.chosen;
    this.lost = this.deviceId ?? "";
    this.capture.close();
    this.former = null;
    if (brief && this.wanted) this.failure = "unstable";
    this.onChange();
  }
}
