import { useEffect, useMemo, useRef, useState } from "react";
import { promoted, updated } from "./order";
import type { PeerTile } from "./tiles";

/** Return the tiles of people who speak now; the set stays the same while they do. */
export function useSpeaking(tiles: PeerTile[]): ReadonlySet<string> {
  const key = tiles
    .filter((tile) => tile.peer.speaking && !tile.screen)
    .map((tile) => tile.id)
    .join(" ");
  return useMemo(() => new Set(key === "" ? [] : key.split(" ")), [key]);
}

/** Return who spoke last. While they go on, nobody takes their place. */
export function useSpeaker(speaking: ReadonlySet<string>): string | null {
  const [speaker, setSpeaker] = useState<string | null>(null);
  useEffect(() => {
    setSpeaker((before) => (before && speaking.has(before) ? before : ([...speaking][0] ?? before)));
  }, [speaking]);
  return speaker;
}

/** Return the tiles in the order in which they stand, people who speak on the first page. */
export function useOrder(present: string[], first: string, firstPage: number, speaking: ReadonlySet<string>): string[] {
  const order = useRef<string[]>([]);
  const spokeAt = useRef(new Map<string, number>());
  const now = performance.now();
  for (const id of speaking) spokeAt.current.set(id, now);
  order.current = promoted(updated(order.current, present, first), firstPage, speaking, spokeAt.current);
  return order.current;
}
