import { useEffect, useRef } from "react";
import { watchLevel } from "./devices/level";
import "./LevelMeter.css";

/** The level of the microphone, to see that it works. */
export function LevelMeter({ track }: { track: MediaStreamTrack | null }) {
  const meter = useRef<HTMLMeterElement>(null);
  useEffect(() => {
    const shown = meter.current;
    if (!track || !shown) return;
    return watchLevel(track, (level) => {
      shown.value = level;
    });
  }, [track]);
  return <meter ref={meter} min={0} max={1} aria-label="Microphone level" />;
}
