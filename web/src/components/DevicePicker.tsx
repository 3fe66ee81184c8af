import { useId } from "react";
import { ASKING, type Kind } from "../devices";
import type { LocalMedia } from "../useLocalMedia";
import { DeviceChoice } from "./DeviceChoice";
import { Icon } from "./Icon";

const LOOKS = {
  audio: { label: "Microphone", sign: "mic", off: "micOff" },
  video: { label: "Camera", sign: "camera", off: "cameraOff" },
} as const;

/** One kind of device before the call: on or off, which one, and what stands in its way. */
export function DevicePicker({ kind, media }: { kind: Kind; media: LocalMedia }) {
  const { label, sign, off } = LOOKS[kind];
  const { on, opening, asking, deviceId, options, problem } = media[kind];
  const words = useId();
  const wanted = on || opening;
  return (
    <div className="device">
      <button
        type="button"
        className="toggle"
        aria-pressed={wanted}
        aria-describedby={problem || asking ? words : undefined}
        onClick={() => media.turn(kind, !wanted)}
      >
        <Icon sign={wanted ? sign : off} />
        <span>
          {label} {wanted ? "on" : "off"}
        </span>
      </button>
      <DeviceChoice
        label={label}
        deviceId={deviceId}
        options={options}
        onChoose={(chosen) => media.choose(kind, chosen)}
      />
      <p id={words} className="problem" role="status">
        {problem ?? (asking && ASKING)}
      </p>
    </div>
  );
}
