import { useCallback, useSyncExternalStore } from "react";

/** A window in which less fits: a phone held upright. The same widths stand in the styles of the room. */
export const NARROW = "(max-width: 599px)";
/** Where a panel covers the pictures. */
export const SHEET = "(max-width: 699px)";

/** Where fingers press: small buttons beside others are missed. */
export const TOUCH = "(max-width: 599px), (pointer: coarse)";

/** Return whether a media query holds. */
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
