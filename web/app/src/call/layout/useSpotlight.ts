import { useEffect, useRef, useState } from "react";
import { spotlitOf, type View } from "./focus";
import { type PeerTile, screensOf } from "./tiles";

export type Spotlight = {
  spotlit: string | null;
  screens: readonly string[];
  pinned: string | null;
  pin: (id: string | null) => void;
};

/** Return which tile is large. A newly shared screen replaces a pinned tile. */
export function useSpotlight(tiles: PeerTile[], own: string, view: View, speaker: string | null): Spotlight {
  const [pinned, pin] = useState<string | null>(null);
  const screens = useRef<string[]>([]);
  screens.current = screensOf(tiles, screens.current);
  const newest = screens.current.at(-1) ?? null;
  useEffect(() => {
    if (newest) pin(null);
  }, [newest]);
  const present = [own, ...tiles.map((tile) => tile.id)];
  const spotlit = spotlitOf({ present, pinned, screens: screens.current, view, speaker });
  return {
    spotlit,
    screens: screens.current,
    pinned: pinned !== null && present.includes(pinned) ? pinned : null,
    pin,
  };
}
