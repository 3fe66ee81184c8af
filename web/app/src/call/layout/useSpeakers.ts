import { useEffect, useMemo, useRef, useState } from "react";
import { promoted, updated } from "./order";
import type { PeerTile } from "./tiles";

/** Return the tiles of present speakers; the set stays the same while they speak. */
export function useSpeaking(tiles: PeerTile[]): ReadonlySet<string> {
  const key = tiles
    .filter((tile) => tile.peer.speaking && !tile.screen)
    .map((tile) => tile.id)
    .join(" ");
  return useMemo(() => new Set(key === "" ? [] : key.split(" ")), [key]);
}

/** Return the latest speaker, who stays until silent. */
export function useSpeaker(speaking: ReadonlySet<string>): string | null {
  const [speaker, setSpeaker] = useState<string | null>(null);
  useEffect(() => {
    setSpeaker((before) => (before && speaking.has(before) ? before : ([...speaking][0] ?? before)));
  }, [speaking]);
  return speaker;
}

/** Return the tiles in their order, with speakers on the first page. */
export function useOrder(present: string[], first: string, firstPage: number, speaking: ReadonlySet<string>): string[] {
  const order = useRef<string[]>([]);
  const spokeAt = useRef(new Map<string, number>());
  const now = performance.now();
  for (const id of speaking) spokeAt.current.set(id, now);
  order.current = promoted(updated(order.current, present, first), firstPage, speaking, spokeAt.current);
  return order.current;
}
