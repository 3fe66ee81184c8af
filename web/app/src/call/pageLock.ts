/**
 * Locks by which the windows of a browser know of each other's end. A browser releases them with the window, whatever
 * ended it. Pages that are not served securely have none, and windows on other devices are never known of.
 */

const NAME = "connvo.call.";

/** Hold the lock of a page of a call. Returns how to release it. */
export function holdPageLock(page: string): () => void {
  let release = () => {};
  const held = new Promise<void>((done) => {
    release = done;
  });
  void navigator.locks?.request(NAME + page, () => held).catch(() => undefined);
  return release;
}

/** Call `ended` when the window that holds the lock of a page has ended. Does nothing if none in this browser does. */
export async function watchPageLock(page: string, ended: () => void, until: AbortSignal): Promise<void> {
  const name = NAME + page;
  const locks = await navigator.locks?.query();
  if (!locks?.held?.some((lock) => lock.name === name)) return;
  await navigator.locks.request(name, { signal: until }, ended).catch(() => undefined);
}
