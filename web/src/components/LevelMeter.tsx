import { useEffect, useRef } from "react";

/** How loud the microphone is, so that one can see that it works. */
export function LevelMeter({ stream }: { stream: MediaStream | null }) {
  const meter = useRef<HTMLMeterElement>(null);
  useEffect(() => {
    if (!stream || stream.getAudioTracks().length === 0) return;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 512;
    context.createMediaStreamSource(stream).connect(analyser);
    const data = new Uint8Array(analyser.fftSize);
    let frame = requestAnimationFrame(function show() {
      analyser.getByteTimeDomainData(data);
      const peak = data.reduce((most, value) => Math.max(most, Math.abs(value - 128)), 0) / 128;
      if (meter.current) meter.current.value = peak;
      frame = requestAnimationFrame(show);
    });
    const shown = meter.current;
    return () => {
      cancelAnimationFrame(frame);
      if (shown) shown.value = 0;
      void context.close();
    };
  }, [stream]);
  return <meter ref={meter} min={0} max={1} aria-label="Microphone level" />;
}
