/** The loudspeaker that the user has chosen; while it is away, the default one is used. */

import { type Option, optionsOf, SPEAKERS, shownId, withDefault } from "./options";
import type { SoundOutput } from "./ports";

export type SpeakerView = { deviceId: string; options: Option[]; problem: string | null };

const UNUSABLE = "This speaker cannot be used: the default one plays.";

export class Speaker {
  private options: Option[] = [];
  private current = "";
  private problem: string | null = null;

  constructor(
    private readonly output: SoundOutput,
    public chosen: string,
    private readonly onChange: () => void,
  ) {}

  /** Where there is nothing to choose from, no options. */
  get view(): SpeakerView {
    const options = this.output.canChoose ? withDefault(this.options) : [];
    return { deviceId: shownId(options, [this.current]), options, problem: this.problem };
  }

  choose(deviceId: string): void {
    this.chosen = deviceId;
    this.apply();
  }

  /** Take that devices have come or gone. */
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
