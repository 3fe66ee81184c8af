/** What I send: microphone, camera, screen. A camera that is off is really off. */

import { useEffect, useRef, useState } from "react";
import { type Choice, deviceFault, open, openScreen, stop } from "./media";
import type { Call, MediaState } from "./rtc";

export type LocalMedia = {
  state: MediaState;
  shown: MediaStream;
  fault: string | null;
  toggle: (kind: "audio" | "video") => Promise<void>;
  share: () => Promise<void>;
};

export function useLocalMedia(
  stream: MediaStream,
  choice: Choice,
): LocalMedia & { attach: (call: Call | null) => void } {
  const call = useRef<Call | null>(null);
  const screen = useRef<MediaStreamTrack | null>(null);
  const [state, setState] = useState<MediaState>(() => ({
    audio: stream.getAudioTracks().length > 0,
    video: stream.getVideoTracks().length > 0,
    screen: false,
  }));
  const [shown, setShown] = useState(stream);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => () => screen.current?.stop(), []);

  async function send(kind: "audio" | "video", track: MediaStreamTrack | null) {
    await call.current?.setTrack(kind, track);
  }

  async function toggle(kind: "audio" | "video") {
    const own = stream.getTracks().find((track) => track.kind === kind);
    try {
      if (kind === "audio" && own) {
        own.enabled = !state.audio;
        await send(kind, own);
      } else if (own) {
        own.stop();
        stream.removeTrack(own);
        if (!screen.current) await send(kind, null);
      } else {
        const opened = await open({ ...choice, audio: kind === "audio", video: kind === "video" });
        const track = opened.getTracks()[0];
        if (!track) return stop(opened);
        stream.addTrack(track);
        if (kind === "audio" || !screen.current) await send(kind, track);
      }
      setState((now) => ({ ...now, [kind]: !now[kind] }));
      setFault(null);
    } catch (error) {
      setFault(deviceFault(error));
    }
  }

  async function share() {
    if (screen.current) return unshare();
    try {
      const track = await openScreen();
      if (!track) return;
      track.onended = () => void unshare();
      screen.current = track;
      setShown(new MediaStream([track]));
      setState((now) => ({ ...now, screen: true }));
      await send("video", track);
    } catch (error) {
      if ((error as DOMException).name !== "NotAllowedError") setFault("The screen could not be shared.");
    }
  }

  async function unshare() {
    screen.current?.stop();
    screen.current = null;
    setShown(stream);
    setState((now) => ({ ...now, screen: false }));
    await send("video", stream.getVideoTracks()[0] ?? null);
  }

  const attach = (joined: Call | null) => {
    call.current = joined;
  };
  return { state, shown, fault, toggle, share, attach };
}
