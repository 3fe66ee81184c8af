/** The parts of the browser that the devices need, so that a test can take their place. */

import type { MediaState } from "@connvo/rtc";

export type Kind = "audio" | "video";
export const KINDS: Kind[] = ["audio", "video"];

/**
 * `navigator.mediaDevices`, as far as it is used. Phones cannot share a screen; Firefox lists a speaker only after the
 * user has picked it in the browser's own dialog.
 */
export type CaptureSource = Pick<
  MediaDevices,
  "getUserMedia" | "enumerateDevices" | "addEventListener" | "removeEventListener"
> &
  Partial<Pick<MediaDevices, "getDisplayMedia">> & { selectAudioOutput?: () => Promise<MediaDeviceInfo> };

/** The loudspeakers of the page: every element that plays the sound of others. */
export type SoundOutput = {
  readonly canChoose: boolean;
  /** Play through this device, "" for the default. Reject when it cannot be used. */
  setSpeaker(deviceId: string): Promise<void>;
};

export type Ports = {
  /** Null where the browser gives no devices at all. */
  source: CaptureSource | null;
  /** Whether the page came over https or from this computer. */
  secure: boolean;
  /** Return what the browser has decided about a kind of device, or null where it does not tell. */
  permission(kind: Kind): Promise<PermissionState | null>;
  /** Null where the browser keeps nothing for this page. */
  storage: Pick<Storage, "getItem" | "setItem"> | null;
  output: SoundOutput;
};

/** The call that takes what is captured. */
export type TrackReceiver = { setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> };

export type { MediaState };
