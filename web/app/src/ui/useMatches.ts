import { useCallback, useSyncExternalStore } from "react";

/** A narrow window: a phone in portrait. The styles of the call use the same widths. */
export const NARROW = "(max-width: 599px)";
/** Where a panel covers the pictures. */
export const SHEET = "(max-width: 699px)";

/** For touch: small adjacent buttons are missed. */
export const TOUCH = "(max-width: 599px), (pointer: coarse)";

/** Return whether a media query matches. */
export function useMatches(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
