import { type RefObject, useSyncExternalStore } from "react";

export type FullScreen = { on: boolean; possible: boolean; toggle: () => void };

function subscribe(listener: () => void): () => void {
  document.addEventListener("fullscreenchange", listener);
  return () => document.removeEventListener("fullscreenchange", listener);
}

/** Return whether something is in full screen, and how to show an element so. iPhones offer no way. */
export function useFullScreen(element: RefObject<HTMLElement | null>): FullScreen {
  const on = useSyncExternalStore(subscribe, () => document.fullscreenElement !== null);
  const toggle = () => {
    const change = document.fullscreenElement ? document.exitFullscreen() : element.current?.requestFullscreen();
    change?.catch(() => undefined);
  };
  return { on, possible: document.fullscreenEnabled ?? false, toggle };
}
