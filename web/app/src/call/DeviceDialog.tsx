import { Dialog } from "../ui/Dialog";
import { DevicePicker } from "./DevicePicker";
import { SpeakerPicker } from "./SpeakerPicker";
import type { LocalMedia } from "./useLocalMedia";

/** The devices of the call, in a dialog suited to touch. */
export function DeviceDialog({ media, onClose }: { media: LocalMedia; onClose: () => void }) {
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
