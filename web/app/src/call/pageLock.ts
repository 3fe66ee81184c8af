/**
 * Locks by which the windows of a browser notice each other's end. A browser releases them with the window, even after
 * a crash. Insecure pages have none, and windows on other devices are out of reach.
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

/**
 * Call `ended` when the window that holds the lock of a page is gone. Does nothing if no window of this browser holds
 * it.
 */
export async function watchPageLock(page: string, ended: () => void, until: AbortSignal): Promise<void> {
  const name = NAME + page;
  const locks = await navigator.locks?.query();
  if (!locks?.held?.some((lock) => lock.name === name)) return;
  await navigator.locks.request(name, { signal: until }, ended).catch(() => undefined);
}
