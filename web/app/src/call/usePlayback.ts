import { type RefObject, useEffect, useSyncExternalStore } from "react";
import { playback } from "./devices/index";

/** Keep an element playing the sound of another member. The user's own tile has no stream here. */
export function usePlayback(element: RefObject<HTMLMediaElement | null>, stream: MediaStream | null): void {
  useEffect(() => {
    if (stream && element.current) return playback.add(element.current);
  }, [element, stream]);
}

/** Return whether the sound of others waits for a user action, and how to unblock it. */
export function useBlockedSound(): { blocked: boolean; unblock: () => void } {
  const blocked = useSyncExternalStore(playback.subscribe, playback.isBlocked);
  return { blocked, unblock: () => void playback.unblock() };
}
