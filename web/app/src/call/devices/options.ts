/** Devices as options to choose from. */

import type { Kind } from "./ports";

export type Option = { deviceId: string; label: string };

export const SPEAKERS = "audiooutput";
export const LIST_OF: Record<Kind, MediaDeviceKind> = { audio: "audioinput", video: "videoinput" };
/** As listed by Chromium alone. */
const DEFAULT: Option = { deviceId: "default", label: "Default" };
const NAMES: Record<MediaDeviceKind, string> = {
  audioinput: "Microphone",
  videoinput: "Camera",
  audiooutput: "Speaker",
};
/** The names phones give their cameras, and the side they are on. */
const SIDES: [RegExp, string][] = [
  [/facing front|front facing/i, "Front camera"],
  [/facing back|back facing/i, "Back camera"],
];

/** Return the devices of a kind; without permission they have no ids, and there are none. */
export function optionsOf(devices: MediaDeviceInfo[], kind: MediaDeviceKind): Option[] {
  const found = devices.filter((device) => device.kind === kind && device.deviceId);
  const labels = found.map((device, index) => sideOf(device) ?? (device.label || `${NAMES[kind]} ${index + 1}`));
  return found.map(({ deviceId }, index) => ({ deviceId, label: numbered(labels, index) }));
}

/** Return whether the browser only says that devices of a kind exist, as before permission. */
export function withholdsNames(devices: MediaDeviceInfo[], kind: MediaDeviceKind): boolean {
  return devices.length === 0 || devices.some((device) => device.kind === kind && !device.deviceId);
}

/** Return the id to show as chosen: the first of these that is listed, else the default under its listed name. */
export function shownId(options: Option[], ids: (string | undefined)[]): string {
  const listed = (id: string | undefined) => options.some(({ deviceId }) => deviceId === id);
  return [...ids, DEFAULT.deviceId].find(listed) ?? "";
}

/** Return the options including the default. */
export function withDefault(options: Option[]): Option[] {
  const named = options.some(({ deviceId }) => deviceId === DEFAULT.deviceId);
  return named || options.length === 0 ? options : [{ ...DEFAULT, deviceId: "" }, ...options];
}

function sideOf({ label }: MediaDeviceInfo): string | undefined {
  return SIDES.find(([pattern]) => pattern.test(label))?.[1];
}

/** Return a label, numbered where several devices share it. */
function numbered(labels: string[], index: number): string {
  const label = labels[index] ?? "";
  const nth = labels.slice(0, index + 1).filter((other) => other === label).length;
  return nth === 1 ? label : `${label} ${nth}`;
}
