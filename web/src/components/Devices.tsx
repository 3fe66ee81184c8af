import type { LocalMedia } from "../useLocalMedia";
import { DevicePicker } from "./DevicePicker";
import { Dialog } from "./Dialog";
import { SpeakerPicker } from "./SpeakerPicker";

/** The devices of the call, to choose from with fingers. */
export function Devices({ media, onClose }: { media: LocalMedia; onClose: () => void }) {
  return (
    <Dialog title="Microphone and camera" onClose={onClose}>
      <div className="stack">
        <DevicePicker kind="audio" media={media} />
        <DevicePicker kind="video" media={media} />
        <SpeakerPicker media={media} />
      </div>
      <div className="row end">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
