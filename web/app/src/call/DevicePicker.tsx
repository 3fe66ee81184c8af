import { Icon } from "../ui/Icon";
import { DeviceChoice } from "./DeviceChoice";
import { ASKING, type Kind } from "./devices/index";
import { LevelMeter } from "./LevelMeter";
import type { LocalMedia } from "./useLocalMedia";
import "./DevicePicker.css";
import "./DeviceProblem.css";

const LOOKS = {
  audio: { label: "Microphone", sign: "mic", off: "micOff" },
  video: { label: "Camera", sign: "camera", off: "cameraOff" },
} as const;

type Props = { kind: Kind; media: LocalMedia };

/** Turns one kind of device on or off before the call. */
export function DeviceToggle({ kind, media }: Props) {
  const { label, sign, off } = LOOKS[kind];
  const { on, opening, asking, problem } = media[kind];
  const wanted = on || opening;
  const words = `${label} ${wanted ? "on" : "off"}`;
  return (
    <button
      type="button"
      className="device-toggle"
      title={words}
      aria-pressed={wanted}
      aria-describedby={problem || asking ? wordsId(kind) : undefined}
      onClick={() => media.turn(kind, !wanted)}
    >
      <Icon sign={wanted ? sign : off} />
      <span className="sr-only">{words}</span>
    </button>
  );
}

/** The choice of a device of one kind, and its problem, if any. */
export function DevicePicker({ kind, media }: Props) {
  const { asking, deviceId, options, problem } = media[kind];
  return (
    <div className="picker">
      <DeviceChoice
        label={LOOKS[kind].label}
        deviceId={deviceId}
        options={options}
        onChoose={(chosen) => media.choose(kind, chosen)}
      />
      {kind === "audio" && <LevelMeter track={media.microphone} />}
      <p id={wordsId(kind)} className="problem" role="status">
        {problem ?? (asking && ASKING)}
      </p>
    </div>
  );
}

function wordsId(kind: Kind): string {
  return `${kind}-words`;
}
