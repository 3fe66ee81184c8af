/** How loud a microphone is, measured for as long as it is watched. */

const WINDOW_SAMPLES = 512;
/** Samples are unsigned bytes; silence is in the middle. */
const SILENCE = 128;
/** What makes browsers let a page play and measure sound. */
const PRESSES = ["pointerup", "keydown"] as const;

/** Tell the peak level, from 0 to 1, with every picture that the page draws; return how to end it. */
export function watchLevel(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const context = newContext();
  if (!context) return () => undefined;
  // browsers suspend what no user has asked for, and what a call of the phone interrupts
  const wake = () => {
    if (context.state !== "running" && context.state !== "closed") context.resume().catch(() => undefined);
  };
  const analyser = context.createAnalyser();
  analyser.fftSize = WINDOW_SAMPLES;
  const samples = new Uint8Array(WINDOW_SAMPLES);
  let frame = requestAnimationFrame(function measure() {
    analyser.getByteTimeDomainData(samples);
    onLevel(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample - SILENCE)), 0) / SILENCE);
    frame = requestAnimationFrame(measure);
  });
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
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

/** Browsers allow only so many at a time; a page without a meter is better than none. */
function newContext(): AudioContext | null {
  try {
    return new AudioContext();
  } catch {
    return null;
  }
}
