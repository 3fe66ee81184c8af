import type { Choice } from "../media";
import { Icon } from "./Icon";

type Props = {
  kind: "audioinput" | "videoinput";
  choice: Choice;
  devices: MediaDeviceInfo[];
  onChoice: (choice: Choice) => void;
};

const OF = {
  audioinput: { label: "Microphone", on: "audio", id: "audioId", sign: "mic", off: "micOff" },
  videoinput: { label: "Camera", on: "video", id: "videoId", sign: "camera", off: "cameraOff" },
} as const;

/** One kind of device: on or off, and which one. */
export function DevicePicker({ kind, choice, devices, onChoice }: Props) {
  const { label, on, id, sign, off } = OF[kind];
  const found = devices.filter((device) => device.kind === kind && device.deviceId);
  return (
    <div className="device">
      <button
        type="button"
        className="toggle"
        aria-pressed={choice[on]}
        onClick={() => onChoice({ ...choice, [on]: !choice[on] })}
      >
        <Icon sign={choice[on] ? sign : off} />
        <span>
          {label} {choice[on] ? "on" : "off"}
        </span>
      </button>
      <select
        aria-label={label}
        value={choice[id] ?? ""}
        onChange={(event) => onChoice({ ...choice, [id]: event.target.value })}
      >
        <option value="">Default</option>
        {found.map((device) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || "Unnamed device"}
          </option>
        ))}
      </select>
    </div>
  );
}
