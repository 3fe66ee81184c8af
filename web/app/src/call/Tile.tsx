import type { Health } from "@connvo/rtc";
import { type ReactNode, useEffect, useRef } from "react";
import type { Quality } from "../api/functions";
import { initials, personColor } from "../members/person";
import { Icon } from "../ui/Icon";
import type { Box } from "./layout/geometry";
import { usePlayback } from "./usePlayback";
import "./Tile.css";

const WORDS: Record<Health, string> = {
  connecting: "Connecting …",
  connected: "",
  reconnecting: "Reconnecting …",
  lost: "Connection lost",
};

type Props = {
  name: string;
  /** Determines the colour behind the initials. */
  userId: string;
  /** Null where there is nothing to play: a preview that is not open yet, or a presenter beside the screen. */
  stream: MediaStream | null;
  health?: Health;
  quality?: Quality | undefined;
  mine?: boolean;
  mirrored?: boolean;
  muted?: boolean;
  hidden?: boolean;
  screen?: boolean;
  speaking?: boolean;
  /** Whether the member's words are kept out of the captions that are on. */
  uncaptioned?: boolean;
  /** Its place on a stage; null on another page. Undefined where CSS lays it out. */
  box?: Box | null | undefined;
  corner?: boolean;
  /** The actions of the tile. */
  actions?: ReactNode;
  onDoubleClick?: (() => void) | undefined;
};

/** The picture of one member, or the member's shared screen. */
export function Tile({ name, userId, stream, health = "connected", quality, box, actions, ...is }: Props) {
  const label = is.screen ? `Screen of ${name}` : `Video of ${name}`;
  const words = WORDS[health];
  return (
    <figure
      className="tile"
      style={box ? { left: box.left, top: box.top, width: box.width, height: box.height } : undefined}
      data-away={box === null || undefined}
      data-corner={is.corner || undefined}
      data-health={health}
      data-mine={is.mine || undefined}
      data-mirrored={is.mirrored || undefined}
      data-screen={is.screen || undefined}
      data-speaking={is.speaking || undefined}
      onDoubleClick={is.onDoubleClick}
    >
      {stream && <Picture stream={stream} label={label} mine={is.mine ?? false} hidden={is.hidden ?? false} />}
      {is.hidden && (
        <span className="initial" aria-hidden="true">
          <span style={{ backgroundColor: personColor(userId) }}>{initials(name)}</span>
        </span>
      )}
      {words && <p className="overlay">{words}</p>}
      <figcaption>
        {is.muted && <Icon sign="micOff" />}
        {is.screen && <Icon sign="screen" />}
        <bdi className="name">{name}</bdi>
        {is.mine && <span className="rest">(you)</span>}
        {is.screen && <span className="rest">screen</span>}
        {is.muted && <span className="sr-only">muted</span>}
        {is.uncaptioned && <span className="rest uncaptioned">not captioned</span>}
      </figcaption>
      {quality && <Bars quality={quality} />}
      {actions && <div className="tile-actions">{actions}</div>}
    </figure>
  );
}

type PictureProps = { stream: MediaStream; label: string; mine: boolean; hidden: boolean };

function Picture({ stream, label, mine, hidden }: PictureProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current && video.current.srcObject !== stream) video.current.srcObject = stream;
  }, [stream]);
  usePlayback(video, mine ? null : stream);
  return <video ref={video} autoPlay playsInline muted={mine} data-hidden={hidden || undefined} aria-label={label} />;
}

const HEIGHT: Record<Quality, number> = { poor: 1, fair: 2, good: 3, excellent: 4 };

/** The connection quality; shown when poor, or on hover. */
function Bars({ quality }: { quality: Quality }) {
  return (
    <span className="bars" data-quality={quality} title={`Connection: ${quality}`}>
      {[1, 2, 3, 4].map((bar) => (
        <i key={bar} data-on={bar <= HEIGHT[quality] || undefined} />
      ))}
      <span className="sr-only">connection {quality}</span>
    </span>
  );
}
