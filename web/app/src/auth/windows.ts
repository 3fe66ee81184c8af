/** Signing in beside what goes on: in a window of its own, of which the others hear when it is done. */

const SIGNED_IN = "connvo.signed-in";
const BESIDE = "?sign-in";
const FEATURES = "popup,width=520,height=720";

/** Opens a window that leads to the provider; returns false when the browser does not let it. */
export function signInBeside(): boolean {
  const opened = window.open(`/${BESIDE}`, "connvo-sign-in", FEATURES);
  if (!opened) return false;
  disown(opened);
  return true;
}

/** Keep the provider's page from navigating this one: a window may move its opener, of whatever origin. */
function disown(opened: Window): void {
  try {
    opened.opener = null;
  } catch {
    // The window is open already, is at the provider, and was disowned when it opened.
  }
}

/** Whether this is such a window at its beginning. */
export function isBeside(): boolean {
  return location.pathname === "/" && location.search === BESIDE;
}

/** Tells the other windows of this browser that people have signed in. */
export function tellOthers(): void {
  try {
    localStorage.setItem(SIGNED_IN, String(Date.now()));
  } catch {
    // Where nothing is shared, the others cannot take it over either.
  }
}

/** Calls back when people have signed in in another window. */
export function onSignedIn(callback: () => void): () => void {
  const hear = ({ key, newValue }: StorageEvent) => {
    if (key === SIGNED_IN && newValue) callback();
  };
  addEventListener("storage", hear);
  return () => removeEventListener("storage", hear);
}
