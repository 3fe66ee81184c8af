import type { LocalMedia } from "../useLocalMedia";
import { DeviceMenu } from "./DeviceMenu";
import { Icon, type Sign } from "./Icon";

export type Panel = "chat" | "people" | "connections" | null;
type Props = {
  media: LocalMedia;
  panel: Panel;
  unread: number;
  onPanel: (panel: Panel) => void;
  host: boolean;
  onLeave: () => void;
  onEnd: () => void;
};

/** The buttons of the call. */
export function Controls({ media, panel, unread, onPanel, host, onLeave, onEnd }: Props) {
  const { audio, video, screen } = media.state;
  const show = (name: Panel) => onPanel(panel === name ? null : name);
  return (
    <nav className="controls" aria-label="Call">
      <Button
        sign={audio ? "mic" : "micOff"}
        label={audio ? "Mute" : "Unmute"}
        hint="m"
        off={!audio}
        onClick={() => media.toggle("audio")}
      />
      <DeviceMenu kind="audio" media={media} />
      <Button
        sign={video ? "camera" : "cameraOff"}
        label={video ? "Camera off" : "Camera on"}
        hint="v"
        off={!video}
        onClick={() => media.toggle("video")}
      />
      <DeviceMenu kind="video" media={media} />
      {media.canShare && (
        <Button
          sign="screen"
          label={screen ? "Stop sharing" : "Share screen"}
          hint="s"
          on={screen}
          onClick={() => media.share()}
        />
      )}
      <Button
        sign="chat"
        label="Chat"
        hint="c"
        on={panel === "chat"}
        open={panel === "chat"}
        badge={unread}
        onClick={() => show("chat")}
      />
      <Button
        sign="people"
        label="People"
        hint="p"
        on={panel === "people"}
        open={panel === "people"}
        onClick={() => show("people")}
      />
      <Button
        sign="chart"
        label="Quality"
        hint="q"
        on={panel === "connections"}
        open={panel === "connections"}
        onClick={() => show("connections")}
      />
      <Button sign="leave" label="Leave" danger onClick={onLeave} />
      {host && <Button sign="end" label="End for all" danger onClick={onEnd} />}
    </nav>
  );
}

const MOST_SHOWN = 99;

type ButtonProps = {
  sign: Sign;
  label: string;
  hint?: string;
  on?: boolean;
  off?: boolean;
  danger?: boolean;
  open?: boolean;
  badge?: number;
  onClick: () => void;
};

function Button({ sign, label, hint, on, off, danger, open, badge = 0, onClick }: ButtonProps) {
  const [first, ...rest] = label.split(" ");
  return (
    <button
      type="button"
      className={danger ? "control danger" : "control"}
      data-on={on || undefined}
      data-off={off || undefined}
      aria-keyshortcuts={hint}
      aria-expanded={open}
      title={hint ? `${label} (${hint})` : label}
      onClick={onClick}
    >
      <Icon sign={sign} />
      <span>
        {first}
        {rest.length > 0 && <span className="rest"> {rest.join(" ")}</span>}
      </span>
      {badge > 0 && (
        <span className="badge">
          {badge > MOST_SHOWN ? `${MOST_SHOWN}+` : badge}
          <span className="sr-only"> unread</span>
        </span>
      )}
    </button>
  );
}
