/** A short sound through the chosen speaker. */

import { playback } from "./playback";

const TONE_HZ = 523;
const LENGTH_S = 0.6;
const VOLUME = 0.2;

export function playTestSound(): void {
  const context = new AudioContext();
  const tone = new OscillatorNode(context, { frequency: TONE_HZ });
  const volume = new GainNode(context, { gain: VOLUME });
  const sound = context.createMediaStreamDestination();
  tone.connect(volume).connect(sound);
  volume.gain.setTargetAtTime(0, context.currentTime + LENGTH_S / 2, LENGTH_S / 8);
  const player = new Audio();
  player.srcObject = sound.stream;
  const remove = playback.add(player);
  tone.onended = () => {
    remove();
    context.close().catch(() => undefined);
  };
  tone.start();
  tone.stop(context.currentTime + LENGTH_S);
}
