/** The speaker that the user has chosen; while it is unplugged, the default is used. */

import { type Option, optionsOf, SPEAKERS, shownId, withDefault } from "./options";
import type { CaptureSource, SoundOutput } from "./ports";

export type SpeakerView = {
  deviceId: string;
  options: Option[];
  /** Whether the browser can be asked for speakers that it does not list. */
  canPick: boolean;
  problem: string | null;
};

const UNUSABLE = "This speaker cannot be used: the default one plays.";

export class Speaker {
  private options: Option[] = [];
  private current = "";
  private problem: string | null = null;

  constructor(
    private readonly output: SoundOutput,
    private readonly source: CaptureSource | null,
    public chosen: string,
    private readonly onChange: () => void,
  ) {}

  /** No options where there is nothing to choose. */
  get view(): SpeakerView {
    const { canChoose } = this.output;
    const options = canChoose ? withDefault(this.options) : [];
    const canPick = canChoose && typeof this.source?.selectAudioOutput === "function";
    return { deviceId: shownId(options, [this.current]), options, canPick, problem: this.problem };
  }

  choose(deviceId: string): void {
    this.chosen = deviceId;
    this.apply();
  }

  /** Let the user pick one in a dialog of the browser; return it, or null if the dialog was closed. */
  async pick(): Promise<string | null> {
    try {
      return (await this.source?.selectAudioOutput?.())?.deviceId ?? null;
    } catch {
      return null;
    }
  }

  /** Handle devices that were plugged in or removed. */
  follow(devices: MediaDeviceInfo[]): void {
    this.options = optionsOf(devices, SPEAKERS);
    this.apply();
  }

  private apply(): void {
    const deviceId = this.options.some((option) => option.deviceId === this.chosen) ? this.chosen : "";
    if (!this.output.canChoose || deviceId === this.current) return;
    this.current = deviceId;
    this.problem = null;
    this.output.setSpeaker(deviceId).catch(() => this.giveUp(deviceId));
  }

  private giveUp(deviceId: string): void {
    if (this.current !== deviceId || !deviceId) return;
    this.current = "";
    this.problem = UNUSABLE;
    this.output.setSpeaker("").catch(() => undefined);
    this.onChange();
  }
}
