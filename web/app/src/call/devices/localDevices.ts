/**
 * Everything that this page captures and plays through: microphone, camera, screen and speaker, as one state.
 *
 * Guarantees:
 * - Whatever is captured is shown as captured, and what is shown as off is not sent.
 * - What the others are told, what is shown and what the call is given follow from the same state at the same moment.
 * - `release` stops everything at once, also what the browser has not handed over yet.
 *
 * The wish of the user is kept apart from what is there, and every change brings the second in line with the first: so
 * presses, failures and arrivals may come in any order.
 */

import { type Choices, keepChoices, readChoices } from "./choices";
import { Input } from "./input";
import { open } from "./opening";
import { LIST_OF, type Option, optionsOf, shownId, withholdsNames } from "./options";
import { KINDS, type Kind, type MediaState, type Ports, type TrackReceiver } from "./ports";
import { ASKING, replacedBy, wordsFor } from "./problems";
import { Screen } from "./screen";
import { Speaker, type SpeakerView } from "./speaker";

/** So long the page says what has just happened to a device. */
export const FAULT_SHOWN_MS = 10_000;

export type InputView = {
  /** Whether it is captured: others see or hear it. */
  on: boolean;
  opening: boolean;
  /** Whether it seems that the browser is waiting for the permission of the user. */
  asking: boolean;
  deviceId: string;
  options: Option[];
  problem: string | null;
};

export type DevicesView = {
  audio: InputView;
  video: InputView;
  speaker: SpeakerView;
  canShare: boolean;
  /** As the others are told. */
  state: MediaState;
  /** My own picture: the screen, or the camera. */
  shown: MediaStream;
  /** Whether that picture is to be mirrored, as people know themselves. */
  mirrored: boolean;
  microphone: MediaStreamTrack | null;
  /** What is sent. */
  outgoing: MediaStream;
  /** What has just gone wrong. */
  fault: string | null;
};

type Pushed = { track: MediaStreamTrack | null; enabled: boolean };

export class LocalDevices {
  private readonly inputs: Record<Kind, Input>;
  private readonly screen: Screen;
  private readonly speaker: Speaker;
  private devices: MediaDeviceInfo[] = [];
  /** The list before the devices changed, until the next one has come. */
  private before: MediaDeviceInfo[] | null = null;
  private listings = 0;
  private active = false;
  private kept: Choices;
  private call: TrackReceiver | null = null;
  private readonly pushed = new Map<Kind, Pushed>();
  private fault: string | null = null;
  private faultTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<() => void>();
  private view: DevicesView;

  constructor(private readonly ports: Ports) {
    this.kept = readChoices(ports.storage);
    const input = (kind: Kind) => new Input(kind, this.kept[kind], () => this.change());
    this.inputs = { audio: input("audio"), video: input("video") };
    this.screen = new Screen(ports.source, { onChange: () => this.change(), onFault: (words) => this.complain(words) });
    this.speaker = new Speaker(ports.output, ports.source, this.kept.speaker, () => this.change());
    this.view = this.look(null);
  }

  readonly getView = (): DevicesView => this.view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Open what is wanted, and follow what is plugged in and out. */
  readonly resume = (): void => {
    if (this.active) return;
    this.active = true;
    this.ports.source?.addEventListener("devicechange", this.onDeviceChange);
    void this.list();
    this.change();
  };

  /** Give every device back at once. What was wanted is opened again by `resume`. */
  readonly release = (): void => {
    if (!this.active) return;
    this.active = false;
    this.ports.source?.removeEventListener("devicechange", this.onDeviceChange);
    for (const kind of KINDS) this.inputs[kind].release();
    this.screen.release();
    this.complain(null);
  };

  /**
   * Turn a device on, or off when it is on or being opened. While the browser asks for permission, the answer is given
   * there.
   */
  readonly toggle = (kind: Kind): void => {
    const { on, opening, asking } = this.view[kind];
    if (asking && this.call) {
      this.complain(ASKING);
      return;
    }
    this.turn(kind, !(on || opening));
  };

  /**
   * Turn a device on or off. In a call a microphone is silenced and stays open, so that the first word after it is
   * heard; everywhere else, and for a camera, off is closed.
   */
  readonly turn = (kind: Kind, on: boolean): void => {
    if (this.active) this.inputs[kind].turn(on, kind === "audio" && this.call !== null);
  };

  readonly choose = (kind: Kind, deviceId: string): void => {
    if (this.active) this.inputs[kind].choose(deviceId);
  };

  readonly chooseSpeaker = (deviceId: string): void => {
    this.speaker.choose(deviceId);
    this.change();
  };

  /** Ask the browser for a speaker that it does not list. */
  readonly pickSpeaker = async (): Promise<void> => {
    const deviceId = await this.speaker.pick();
    if (deviceId === null) return;
    this.speaker.chosen = deviceId;
    await this.list();
    this.change();
  };

  /** Share the screen, or end it. */
  readonly share = (): void => {
    if (this.active) void this.screen.toggle();
  };

  /** Send what there is into a call, from now on; without one, send nothing. */
  readonly attach = (call: TrackReceiver | null): void => {
    this.call = call;
    this.pushed.clear();
    this.push();
    if (call && KINDS.some((kind) => this.view[kind].asking)) this.complain(ASKING);
  };

  private readonly onDeviceChange = (): void => {
    this.before ??= this.devices;
    void this.list();
  };

  /** Ask what devices there are. Answers may come in any order: the newest counts, also for a change before it. */
  private async list(): Promise<void> {
    this.listings += 1;
    const listing = this.listings;
    const devices = await this.enumerate();
    if (!devices || listing !== this.listings) return;
    const { before } = this;
    this.before = null;
    this.devices = devices;
    this.speaker.follow(devices);
    if (before && this.active) for (const kind of KINDS) this.inputs[kind].follow(before, devices);
    this.publish();
  }

  private async enumerate(): Promise<MediaDeviceInfo[] | null> {
    try {
      return (await this.ports.source?.enumerateDevices()) ?? null;
    } catch {
      return null; // everything works without a list, but for the choice
    }
  }

  /** Bring everything in line with what is wanted. */
  private change(): void {
    this.push();
    this.keep();
    this.publish();
    if (!this.active) return;
    const due = KINDS.map((kind) => this.inputs[kind]).filter((input) => input.isDue);
    if (due.length === 0) return;
    const requests = due.map((input) => input.ask());
    void open(this.ports, requests).then(() => this.list());
    this.publish();
  }

  /** Give the call what has changed, in the order in which it changed. */
  private push(): void {
    for (const kind of KINDS) {
      const track = this.trackOf(kind);
      const enabled = track?.enabled ?? false;
      const before = this.pushed.get(kind);
      if (before && before.track === track && before.enabled === enabled) continue;
      this.pushed.set(kind, { track, enabled });
      this.call?.setTrack(kind, track).catch((error) => console.warn("a connection did not take a track", error));
    }
  }

  /** Return what is to be sent: a screen comes before the camera. */
  private trackOf(kind: Kind): MediaStreamTrack | null {
    return (kind === "video" ? this.screen.track : null) ?? this.inputs[kind].track;
  }

  private publish(): void {
    const before = this.view;
    this.view = this.look(before);
    for (const kind of KINDS) this.tell(kind, before[kind], this.view[kind]);
    for (const listener of [...this.listeners]) listener();
  }

  /** Say what has just happened to a device. */
  private tell(kind: Kind, before: InputView, now: InputView): void {
    const { replaced } = this.inputs[kind];
    if (now.problem && now.problem !== before.problem) this.complain(now.problem);
    else if (before.problem && !now.problem && this.fault === before.problem) this.complain(null);
    else if (replaced && now.on && !before.on) this.complain(replacedBy(kind, labelOf(now)));
  }

  private complain(words: string | null): void {
    clearTimeout(this.faultTimer);
    this.fault = words;
    if (words) this.faultTimer = setTimeout(() => this.complain(null), FAULT_SHOWN_MS);
    this.change();
  }

  /** Keep what is chosen now for the next visit; a choice that has failed is none. */
  private keep(): void {
    const { audio, video } = this.inputs;
    const choices = { audio: audio.chosen, video: video.chosen, speaker: this.speaker.chosen };
    const same = KINDS.every((kind) => choices[kind] === this.kept[kind]) && choices.speaker === this.kept.speaker;
    if (same) return;
    this.kept = choices;
    keepChoices(this.ports.storage, choices);
  }

  /** Build the state anew; what has not changed stays the same object. */
  private look(before: DevicesView | null): DevicesView {
    const { audio, video } = this.inputs;
    const picture = this.trackOf("video");
    const state = { audio: audio.on, video: video.on, screen: this.screen.track !== null };
    const mirrored = !state.screen && video.track?.getSettings?.().facingMode !== "environment";
    const sent = [audio.track, picture];
    return {
      audio: this.inputView("audio"),
      video: this.inputView("video"),
      speaker: this.speaker.view,
      canShare: this.screen.canShare,
      state: before && sameState(before.state, state) ? before.state : state,
      shown: streamOf([picture], before?.shown),
      mirrored,
      microphone: state.audio ? audio.track : null,
      outgoing: streamOf(sent, before?.outgoing),
      fault: this.fault,
    };
  }

  private inputView(kind: Kind): InputView {
    const input = this.inputs[kind];
    const options = optionsOf(this.devices, LIST_OF[kind]);
    const { deviceId, chosen } = input;
    const ids = input.opening ? [chosen, deviceId] : [deviceId, chosen];
    return {
      on: input.on,
      opening: input.opening,
      asking: input.opening && withholdsNames(this.devices, LIST_OF[kind]),
      deviceId: shownId(options, ids),
      options,
      problem: input.problem && wordsFor(kind, input.problem),
    };
  }
}

function labelOf({ options, deviceId }: InputView): string {
  return options.find((option) => option.deviceId === deviceId)?.label ?? "";
}

function sameState(one: MediaState, other: MediaState): boolean {
  return one.audio === other.audio && one.video === other.video && one.screen === other.screen;
}

function streamOf(tracks: (MediaStreamTrack | null)[], before: MediaStream | undefined): MediaStream {
  const some = tracks.filter((track) => track !== null);
  const old = before?.getTracks() ?? [];
  const same = before && old.length === some.length && some.every((track) => old.includes(track));
  return same ? before : new MediaStream(some);
}
