import { useEffect, useRef } from "react";
import type { Quality } from "../api";
import { initials } from "../person";
import type { Health } from "../rtc";
import { usePlayback } from "../usePlayback";
import { Icon } from "./Icon";

const WORDS: Record<Health, string> = {
  connecting: "Connecting …",
  connected: "",
  reconnecting: "Reconnecting …",
  lost: "Connection lost",
};

type Props = {
  name: string;
  stream: MediaStream | null;
  health?: Health;
  quality?: Quality | undefined;
  mine?: boolean;
  muted?: boolean;
  hidden?: boolean;
  screen?: boolean;
  mirrored?: boolean;
  speaking?: boolean;
};

/** One person in the grid. */
export function Tile({ name, stream, health = "connected", quality, ...is }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current && video.current.srcObject !== stream) video.current.srcObject = stream;
  }, [stream]);
  usePlayback(video, is.mine ? null : stream);
  const words = WORDS[health];
  return (
    <figure
      className="tile"
      data-health={health}
      data-mine={is.mine || undefined}
      data-mirrored={is.mirrored || undefined}
      data-screen={is.screen || undefined}
      data-speaking={is.speaking || undefined}
    >
      <video
        ref={video}
        autoPlay
        playsInline
        muted={is.mine}
        data-hidden={is.hidden || undefined}
        aria-label={`Video of ${name}`}
      />
      {is.hidden && (
        <span className="initial" aria-hidden="true">
          {initials(name)}
        </span>
      )}
      {words && <p className="overlay">{words}</p>}
      <figcaption>
        {is.muted && <Icon sign="micOff" />}
        <span className="name">{is.mine ? `${name} (you)` : name}</span>
        {is.muted && <span className="sr-only">muted</span>}
        {is.screen && <span className="tag">screen</span>}
        {quality && <Bars quality={quality} />}
      </figcaption>
    </figure>
  );
}

const HEIGHT: Record<Quality, number> = { poor: 1, fair: 2, good: 3, excellent: 4 };

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
