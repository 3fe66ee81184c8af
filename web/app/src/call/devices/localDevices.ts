/**
 * Everything that this page captures and plays through: microphone, camera, screen and speaker, as one state.
 *
 * Guarantees:
 * - Whatever is captured is shown as captured, and a device shown as off is not sent.
 * - The published state, the visible state and the tracks in the call always derive from the same state.
 * - `release` stops everything at once, including tracks the browser has not delivered yet.
 *
 * The user's choices are kept apart from the actual state, and every change reconciles the second with the first:
 * presses, failures and arrivals may come in any order.
 */

import { type Choices, keepChoices, readChoices } from "./choices";
import { DeviceList } from "./deviceList";
import { FaultNotice } from "./faultNotice";
import { Input } from "./input";
import { open } from "./opening";
import { LIST_OF, type Option, optionsOf, shownId, withholdsNames } from "./options";
import { Outgoing } from "./outgoing";
import { KINDS, type Kind, type MediaState, type Ports, type TrackReceiver } from "./ports";
import { ASKING, replacedBy, wordsFor } from "./problems";
import { Screen } from "./screen";
import { Speaker, type SpeakerView } from "./speaker";

export type InputView = {
  /** Whether it is captured: others see or hear it. */
  on: boolean;
  opening: boolean;
  /** Whether the browser seems to be asking the user for permission. */
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
  /** The published media state. */
  state: MediaState;
  /** The user's own picture: the screen, or the camera. */
  shown: MediaStream;
  /** Whether to mirror that picture, as in a mirror. */
  mirrored: boolean;
  microphone: MediaStreamTrack | null;
  /** The tracks to send. */
  outgoing: MediaStream;
  /** The latest problem. */
  fault: string | null;
};

export class LocalDevices {
  private readonly inputs: Record<Kind, Input>;
  private readonly screen: Screen;
  private readonly speaker: Speaker;
  private readonly list: DeviceList;
  private active = false;
  private kept: Choices;
  private readonly outgoing = new Outgoing((kind) => this.trackOf(kind));
  private readonly fault = new FaultNotice(() => this.change());
  private readonly listeners = new Set<() => void>();
  private view: DevicesView;

  constructor(private readonly ports: Ports) {
    this.kept = readChoices(ports.storage);
    const input = (kind: Kind) => new Input(kind, this.kept[kind], () => this.change());
    this.inputs = { audio: input("audio"), video: input("video") };
    this.screen = new Screen(ports.source, {
      onChange: () => this.change(),
      onFault: (words) => this.fault.show(words),
    });
    this.speaker = new Speaker(ports.output, ports.source, this.kept.speaker, () => this.change());
    this.list = new DeviceList(ports.source, (devices, before) => this.follow(devices, before));
    this.view = this.buildView(null);
  }

  readonly getView = (): DevicesView => this.view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Open the wanted devices, and follow plugging in and out. */
  readonly resume = (): void => {
    if (this.active) return;
    this.active = true;
    this.list.open();
    this.change();
  };

  /** Release every device at once. `resume` opens the wanted ones again. */
  readonly release = (): void => {
    if (!this.active) return;
    this.active = false;
    this.list.close();
    for (const kind of KINDS) this.inputs[kind].release();
    this.screen.release();
    this.fault.show(null);
  };

  /**
   * Turn a device on, or off when it is on or being opened. While the browser asks for permission, the user answers
   * there.
   */
  readonly toggle = (kind: Kind): void => {
    const { on, opening, asking } = this.view[kind];
    if (asking && this.outgoing.attached) {
      this.fault.show(ASKING);
      return;
    }
    this.turn(kind, !(on || opening));
  };

  /**
   * Turn a device on or off. In a call, a microphone is only silenced, so that the first word after unmuting is heard.
   * Everywhere else, and for a camera, off closes it.
   */
  readonly turn = (kind: Kind, on: boolean): void => {
    if (this.active) this.inputs[kind].turn(on, kind === "audio" && this.outgoing.attached);
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
    await this.list.refresh();
    this.change();
  };

  /** Share the screen, or stop sharing. */
  readonly share = (): void => {
    if (this.active) void this.screen.toggle();
  };

  /** Send the tracks into a call from now on; null sends nothing. */
  readonly attach = (call: TrackReceiver | null): void => {
    this.outgoing.attach(call);
    if (call && KINDS.some((kind) => this.view[kind].asking)) this.fault.show(ASKING);
  };

  private follow(devices: MediaDeviceInfo[], before: MediaDeviceInfo[] | null): void {
    this.speaker.follow(devices);
    if (before && this.active) for (const kind of KINDS) this.inputs[kind].follow(before, devices);
    this.publish();
  }

  /** Reconcile everything with what is wanted. */
  private change(): void {
    this.outgoing.push();
    this.keep();
    this.publish();
    if (!this.active) return;
    const due = KINDS.map((kind) => this.inputs[kind]).filter((input) => input.isDue);
    if (due.length === 0) return;
    const requests = due.map((input) => input.ask());
    void open(this.ports, requests).then(() => this.list.refresh());
    this.publish();
  }

  /** Return the track to send: a screen takes precedence over the camera. */
  private trackOf(kind: Kind): MediaStreamTrack | null {
    return (kind === "video" ? this.screen.track : null) ?? this.inputs[kind].track;
  }

  private publish(): void {
    const before = this.view;
    this.view = this.buildView(before);
    for (const kind of KINDS) this.tell(kind, before[kind], this.view[kind]);
    for (const listener of [...this.listeners]) listener();
  }

  /** Report what has just happened to a device. */
  private tell(kind: Kind, before: InputView, now: InputView): void {
    const { replaced } = this.inputs[kind];
    if (now.problem && now.problem !== before.problem) this.fault.show(now.problem);
    else if (before.problem && !now.problem && this.fault.words === before.problem) this.fault.show(null);
    else if (replaced && now.on && !before.on) this.fault.show(replacedBy(kind, labelOf(now)));
  }

  /** Remember the choices for the next visit, except one that has failed. */
  private keep(): void {
    const { audio, video } = this.inputs;
    const choices = { audio: audio.chosen, video: video.chosen, speaker: this.speaker.chosen };
    const same = KINDS.every((kind) => choices[kind] === this.kept[kind]) && choices.speaker === this.kept.speaker;
    if (same) return;
    this.kept = choices;
    keepChoices(this.ports.storage, choices);
  }

  /** Rebuild the view; unchanged parts stay the same object. */
  private buildView(before: DevicesView | null): DevicesView {
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
      fault: this.fault.words,
    };
  }

  private inputView(kind: Kind): InputView {
    const input = this.inputs[kind];
    const options = optionsOf(this.list.devices, LIST_OF[kind]);
    const { deviceId, chosen } = input;
    const ids = input.opening ? [chosen, deviceId] : [deviceId, chosen];
    return {
      on: input.on,
      opening: input.opening,
      asking: input.opening && withholdsNames(this.list.devices, LIST_OF[kind]),
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
