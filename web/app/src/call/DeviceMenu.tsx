import { Icon } from "../ui/Icon";
import { Menu, MenuChoice, MenuGroup, MenuItem } from "../ui/Menu";
import { ASKING, type Kind, type Option } from "./devices/index";
import type { LocalMedia } from "./useLocalMedia";
import "./DeviceMenu.css";
import "./DeviceProblem.css";

type Props = { kind: Kind; media: LocalMedia };

const NAMES: Record<Kind, string> = { audio: "Microphone", video: "Camera" };

/** A small button beside a microphone or camera button, with a menu of devices. */
export function DeviceMenu({ kind, media }: Props) {
  const { deviceId, options, problem, asking } = media[kind];
  const { speaker } = media;
  return (
    <span className="device-menu" data-problem={problem ? true : undefined}>
      <Menu
        label={`${NAMES[kind]} settings`}
        className="device-settings"
        button={problem ? <span aria-hidden="true">!</span> : <Icon sign="down" />}
      >
        <Choice
          label={NAMES[kind]}
          problem={problem ?? (asking ? ASKING : null)}
          deviceId={deviceId}
          options={options}
          onChoose={(chosen) => media.choose(kind, chosen)}
        />
        {kind === "audio" && speaker.options.length > 0 && (
          <Choice label="Speaker" {...speaker} onChoose={media.chooseSpeaker} />
        )}
        {kind === "audio" && speaker.canPick && (
          <MenuItem onClick={() => void media.pickSpeaker()}>Choose a speaker …</MenuItem>
        )}
      </Menu>
    </span>
  );
}

type ChoiceProps = {
  label: string;
  problem: string | null;
  deviceId: string;
  options: Option[];
  onChoose: (deviceId: string) => void;
};

function Choice({ label, problem, deviceId, options, onChoose }: ChoiceProps) {
  const words = problem ?? (options.length === 0 ? "The choice is shown once it is on." : null);
  return (
    <MenuGroup label={label}>
      {words && <p className="menu-label problem">{words}</p>}
      {options.map((option) => (
        <MenuChoice
          key={option.deviceId}
          chosen={option.deviceId === deviceId}
          onClick={() => onChoose(option.deviceId)}
        >
          {option.label}
        </MenuChoice>
      ))}
    </MenuGroup>
  );
}
