/** One's own speech, from the microphone to the server: a part of the page that is loaded when it is wanted. */

import { randomId } from "@connvo/rtc";
import { socketToken } from "../../api/socket";
import { Microphone } from "./microphone";
import { QUIET, SpeechSender, type SpeechState } from "./sender";

export type { SpeechState };
export type Speech = {
  /** Hear this microphone; null while it is muted. */
  hear: (track: MediaStreamTrack | null) => void;
  /** Send the last words at once: this page may be gone in a moment. */
  flush: () => void;
  end: () => void;
};

const PATH = "/api/speech";
/** The last frame comes from the sound thread within this time. */
const LAST_FRAME_MS = 300;

/** Send speech until it is ended. */
export async function beginSpeech(
  meetingId: string,
  language: string,
  onState: (state: SpeechState) => void,
): Promise<Speech> {
  const sessionId = randomId();
  let sending = QUIET;
  let deaf = false;
  const tell = () => onState(deaf ? { ...sending, link: "deaf" } : sending);
  const sender = new SpeechSender(
    {
      open: ({ opened, message, closed }) => {
        const socket = new WebSocket(new URL(PATH, location.href.replace(/^http/, "ws")));
        socket.onopen = opened;
        socket.onmessage = ({ data }) => message(data);
        socket.onclose = ({ code }) => closed(code);
        return socket;
      },
      hello: () => {
        const token = socketToken();
        return token === null ? null : { token, meetingId, sessionId, language };
      },
    },
    (state) => {
      sending = state;
      tell();
    },
  );
  const microphone = await Microphone.open(
    (frame) => sender.offer(frame),
    () => sender.mute(),
    (isDeaf) => {
      if (deaf === isDeaf) return;
      deaf = isDeaf;
      tell();
    },
  );
  return {
    hear: (track) => microphone.hear(track),
    flush: () => sender.mute(),
    end: () => {
      microphone.hear(null);
      setTimeout(() => {
        microphone.close();
        void sender.close();
      }, LAST_FRAME_MS);
    },
  };
}
