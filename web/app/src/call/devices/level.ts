/** The level of a microphone, measured while it is watched. */

const WINDOW_SAMPLES = 512;
/** Samples are unsigned bytes; silence is in the middle. */
const SILENCE = 128;
/** Events after which browsers let a page play and measure sound. */
const PRESSES = ["pointerup", "keydown"] as const;

/** Report the peak level, from 0 to 1, on every frame; return how to stop. */
export function watchLevel(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const measured = measure(track);
  if (!measured) return () => undefined;
  const { context, analyser } = measured;
  // browsers suspend a context that no user action started, or that a phone call interrupts
  const wake = () => {
    if (context.state !== "running" && context.state !== "closed") context.resume().catch(() => undefined);
  };
  const samples = new Uint8Array(analyser.fftSize);
  let frame = requestAnimationFrame(function show() {
    analyser.getByteTimeDomainData(samples);
    onLevel(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample - SILENCE)), 0) / SILENCE);
    frame = requestAnimationFrame(show);
  });
  context.onstatechange = wake;
  for (const press of PRESSES) addEventListener(press, wake);
  wake();
  return () => {
    cancelAnimationFrame(frame);
    for (const press of PRESSES) removeEventListener(press, wake);
    context.onstatechange = null;
    context.close().catch(() => undefined);
    onLevel(0);
  };
}

/**
 * Return null if there can be no meter: browsers limit the number of contexts, and some devices cannot be measured. The
 * page does without one.
 */
function measure(track: MediaStreamTrack): { context: AudioContext; analyser: AnalyserNode } | null {
  let context: AudioContext | undefined;
  try {
    context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = WINDOW_SAMPLES;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    return { context, analyser };
  } catch {
    void context?.close();
    return null;
  }
}
