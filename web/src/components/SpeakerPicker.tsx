import { playTestSound } from "../devices/testSound";
import type { LocalMedia } from "../useLocalMedia";
import { DeviceChoice } from "./DeviceChoice";

/** The loudspeaker, where the browser lets a page choose one. */
export function SpeakerPicker({ media }: { media: LocalMedia }) {
  const { deviceId, options, problem } = media.speaker;
  if (options.length === 0) return null;
  return (
    <div className="device">
      <button type="button" className="toggle" onClick={playTestSound}>
        Test the sound
      </button>
      <DeviceChoice label="Speaker" deviceId={deviceId} options={options} onChoose={media.chooseSpeaker} />
      <p className="problem" role="status">
        {problem}
      </p>
    </div>
  );
}
