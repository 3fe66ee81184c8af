import { Icon } from "../ui/Icon";
import { DeviceChoice } from "./DeviceChoice";
import { playTestSound } from "./devices/testSound";
import type { LocalMedia } from "./useLocalMedia";
import "./DeviceProblem.css";

/** The speaker, where the browser lets a page choose one. */
export function SpeakerPicker({ media }: { media: LocalMedia }) {
  const { deviceId, options, canPick, problem } = media.speaker;
  if (options.length === 0 && !canPick) return null;
  return (
    <div className="picker">
      {options.length > 0 && (
        <DeviceChoice label="Speaker" deviceId={deviceId} options={options} onChoose={media.chooseSpeaker} />
      )}
      {canPick && (
        <button type="button" className="quiet small" onClick={() => void media.pickSpeaker()}>
          {options.length > 0 ? "Another speaker …" : "Choose a speaker …"}
        </button>
      )}
      <button type="button" className="quiet small" onClick={playTestSound}>
        <Icon sign="speaker" />
        <span>Test the sound</span>
      </button>
      <p className="problem" role="status">
        {problem}
      </p>
    </div>
  );
}
