/** The parts of the browser that the devices need, so that tests can replace them. */

import type { MediaState } from "@connvo/rtc";

export type Kind = "audio" | "video";
export const KINDS: Kind[] = ["audio", "video"];

/**
 * The parts of `navigator.mediaDevices` in use. Phones cannot share a screen; Firefox lists a speaker only after the
 * user has picked it in the browser's own dialog.
 */
export type CaptureSource = Pick<
  MediaDevices,
  "getUserMedia" | "enumerateDevices" | "addEventListener" | "removeEventListener"
> &
  Partial<Pick<MediaDevices, "getDisplayMedia">> & { selectAudioOutput?: () => Promise<MediaDeviceInfo> };

/** The speakers of the page: every element that plays the sound of others. */
export type SoundOutput = {
  readonly canChoose: boolean;
  /** Play through this device, "" for the default. Rejects if it cannot be used. */
  setSpeaker(deviceId: string): Promise<void>;
};

export type Ports = {
  /** Null where the browser offers no devices at all. */
  source: CaptureSource | null;
  /** Whether the page was served over https or by this computer. */
  secure: boolean;
  /** Return the permission for a kind of device, or null where the browser does not tell. */
  permission(kind: Kind): Promise<PermissionState | null>;
  /** Null where the browser offers no storage. */
  storage: Pick<Storage, "getItem" | "setItem"> | null;
  output: SoundOutput;
};

/** The call that receives captured tracks. */
export type TrackReceiver = { setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> };

export type { MediaState };
