/** Devices as they are offered to be chosen. */

import type { Kind } from "./ports";

export type Option = { deviceId: string; label: string };

export const SPEAKERS = "audiooutput";
export const LIST_OF: Record<Kind, MediaDeviceKind> = { audio: "audioinput", video: "videoinput" };
/** As Chromium lists it; other browsers do not. */
const DEFAULT: Option = { deviceId: "default", label: "Default" };
const NAMES: Record<MediaDeviceKind, string> = {
  audioinput: "Microphone",
  videoinput: "Camera",
  audiooutput: "Speaker",
};
/** Names that phones give to their cameras, and the side they are on. */
const SIDES: [RegExp, string][] = [
  [/facing front|front facing/i, "Front camera"],
  [/facing back|back facing/i, "Back camera"],
];

/** Return the devices of a kind; until the browser has given permission they have no ids, and there are none. */
export function optionsOf(devices: MediaDeviceInfo[], kind: MediaDeviceKind): Option[] {
  const found = devices.filter((device) => device.kind === kind && device.deviceId);
  const labels = found.map((device, index) => sideOf(device) ?? (device.label || `${NAMES[kind]} ${index + 1}`));
  return found.map(({ deviceId }, index) => ({ deviceId, label: numbered(labels, index) }));
}

/** Whether the browser tells no more than that there are devices of a kind, as before it has given permission. */
export function withholdsNames(devices: MediaDeviceInfo[], kind: MediaDeviceKind): boolean {
  return devices.length === 0 || devices.some((device) => device.kind === kind && !device.deviceId);
}

/** Return the id to show as chosen: the first of these that is listed, else the default, by the name it has there. */
export function shownId(options: Option[], ids: (string | undefined)[]): string {
  const listed = (id: string | undefined) => options.some(({ deviceId }) => deviceId === id);
  return [...ids, DEFAULT.deviceId].find(listed) ?? "";
}

/** Return the options with the default among them. */
export function withDefault(options: Option[]): Option[] {
  const named = options.some(({ deviceId }) => deviceId === DEFAULT.deviceId);
  return named || options.length === 0 ? options : [{ ...DEFAULT, deviceId: "" }, ...options];
}

function sideOf({ label }: MediaDeviceInfo): string | undefined {
  return SIDES.find(([pattern]) => pattern.test(label))?.[1];
}

/** Return a label with its number, where several devices have the same one. */
function numbered(labels: string[], index: number): string {
  const label = labels[index] ?? "";
  const nth = labels.slice(0, index + 1).filter((other) => other === label).length;
  return nth === 1 ? label : `${label} ${nth}`;
}
