import type { ReactNode } from "react";
import { NARROW, TOUCH, useMatches } from "../ui/useMatches";
import { Control } from "./Control";
import { DeviceMenu } from "./DeviceMenu";
import type { LocalMedia } from "./useLocalMedia";
import "./Controls.css";

export type Panel = "chat" | "people" | "notes" | "captions" | "quality" | null;
type Props = {
  media: LocalMedia;
  panel: Panel;
  unread: number;
  onPanel: (panel: Panel) => void;
  onLeave: () => void;
  /** The menu of less frequent actions. */
  more: ReactNode;
};

/** The buttons of the call. They keep their place, whatever opens; Leave is set apart. */
export function Controls({ media, panel, unread, onPanel, onLeave, more }: Props) {
  const { audio, video, screen } = media.state;
  const narrow = useMatches(NARROW);
  const touch = useMatches(TOUCH);
  const show = (name: Panel) => onPanel(panel === name ? null : name);
  return (
    <nav className="controls" aria-label="Call">
      <div className="control-group">
        <span className="control-pair">
          <Control
            sign={audio ? "mic" : "micOff"}
            label={audio ? "Mute" : "Unmute"}
            letter="m"
            off={!audio}
            onClick={() => media.toggle("audio")}
          />
          {!touch && <DeviceMenu kind="audio" media={media} />}
        </span>
        <span className="control-pair">
          <Control
            sign={video ? "camera" : "cameraOff"}
            label={video ? "Camera off" : "Camera on"}
            letter="v"
            off={!video}
            onClick={() => media.toggle("video")}
          />
          {!touch && <DeviceMenu kind="video" media={media} />}
        </span>
        {media.canShare && !narrow && (
          <Control
            sign="screen"
            label={screen ? "Stop sharing" : "Share screen"}
            letter="s"
            on={screen}
            onClick={() => media.share()}
          />
        )}
      </div>
      <div className="control-group">
        <Control
          sign="chat"
          label="Chat"
          letter="c"
          open={panel === "chat"}
          badge={unread}
          onClick={() => show("chat")}
        />
        <Control sign="people" label="People" letter="p" open={panel === "people"} onClick={() => show("people")} />
        {!narrow && (
          <Control sign="notes" label="Notes" letter="n" open={panel === "notes"} onClick={() => show("notes")} />
        )}
        {!narrow && (
          <Control sign="captions" label="Captions" open={panel === "captions"} onClick={() => show("captions")} />
        )}
        {more}
      </div>
      <div className="control-group">
        <Control sign="leave" label="Leave" leaves onClick={onLeave} />
      </div>
    </nav>
  );
}
