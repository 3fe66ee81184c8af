/** A page that has not grown for this long has settled: it waits for the server between its parts. */
const QUIET_MS = 4_000;
/** After this the page is left alone, whatever it does. */
const LONGEST_MS = 20_000;
const INPUTS = ["wheel", "touchstart", "keydown", "pointerdown"] as const;

/** Keep a place in view until the page around it has settled or the user moves; return how to stop that. */
export function keepInView(place: () => HTMLElement | null, block: ScrollLogicalPosition): () => void {
  let quiet: ReturnType<typeof setTimeout> | undefined;
  const show = () => {
    place()?.scrollIntoView({ block });
    clearTimeout(quiet);
    quiet = setTimeout(stop, QUIET_MS);
  };
  const observer = new ResizeObserver(show);
  const stop = () => {
    observer.disconnect();
    clearTimeout(quiet);
    clearTimeout(longest);
    for (const input of INPUTS) removeEventListener(input, stop);
  };
  const longest = setTimeout(stop, LONGEST_MS);
  for (const input of INPUTS) addEventListener(input, stop, { passive: true });
  observer.observe(document.body);
  show();
  return stop;
}
