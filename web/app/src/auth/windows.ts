/** Signing in in a separate window, which tells the other windows when it is done. */

const SIGNED_IN = "connvo.signed-in";
const BESIDE = "?sign-in";
const FEATURES = "popup,width=520,height=720";

/** Open a window that leads to the provider; return false if the browser blocks it. */
export function signInBeside(): boolean {
  const opened = window.open(`/${BESIDE}`, "connvo-sign-in", FEATURES);
  if (!opened) return false;
  disown(opened);
  return true;
}

/** Keep the provider's page from navigating this one: a window may navigate its opener across origins. */
function disown(opened: Window): void {
  try {
    opened.opener = null;
  } catch {
    // The window is already open at the provider, and was disowned when it opened.
  }
}

/** Return whether this is such a window at its beginning. */
export function isBeside(): boolean {
  return location.pathname === "/" && location.search === BESIDE;
}

/** Tell the other windows of this browser that a user has signed in. */
export function tellOthers(): void {
  try {
    localStorage.setItem(SIGNED_IN, String(Date.now()));
  } catch {
    // Without shared storage, the other windows cannot use the sign-in either.
  }
}

/** Call back when a user has signed in in another window. */
export function onSignedIn(callback: () => void): () => void {
  const hear = ({ key, newValue }: StorageEvent) => {
    if (key === SIGNED_IN && newValue) callback();
  };
  addEventListener("storage", hear);
  return () => removeEventListener("storage", hear);
}
