/** Microphone, camera, screen and speaker, without React. */

export { browserPorts } from "./browser";
export { type DevicesView, type InputView, LocalDevices } from "./localDevices";
export type { Option } from "./options";
export { playback } from "./playback";
export type { Kind, TrackReceiver } from "./ports";
export { ASKING } from "./problems";
export type { SpeakerView } from "./speaker";
