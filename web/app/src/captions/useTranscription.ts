/** What is on in a meeting, and one's own speech. */

import { useQuery } from "convex/react";
import { useEffect, useState } from "react";
import { api } from "../api/functions";
import { mayHear } from "./mode";
import type { Speech, SpeechState } from "./speech/index";
import type { Transcription } from "./types";

export function useTranscription(meetingId: string): Transcription | undefined {
  return useQuery(api.transcription, { meetingId });
}

const BROKEN: SpeechState = { link: "broken", reason: null, retryAt: null, behind: false, lost: 0 };

/** Send the user's speech while it may be sent. Returns how that goes, and null while it may not. */
export function useSpeech(
  meetingId: string,
  transcription: Transcription | undefined,
  microphone: MediaStreamTrack | null,
): SpeechState | null {
  const isOn = transcription !== undefined && mayHear(transcription);
  const language = transcription?.language ?? browserLanguage();
  const [state, setState] = useState<SpeechState | null>(null);
  const [speech, setSpeech] = useState<Speech | null>(null);
  useEffect(() => {
    if (!isOn) return;
    let gone = false;
    let made: Speech | null = null;
    const tell = (next: SpeechState) => gone || setState(next);
    const begin = async () => {
      const { beginSpeech } = await import("./speech/index");
      const begun = await beginSpeech(meetingId, language, tell);
      if (gone) return begun.end();
      made = begun;
      setSpeech(begun);
    };
    begin().catch(() => tell(BROKEN));
    const flush = () => made?.flush();
    addEventListener("pagehide", flush);
    return () => {
      gone = true;
      removeEventListener("pagehide", flush);
      made?.end();
      setSpeech(null);
      setState(null);
    };
  }, [isOn, meetingId, language]);
  useEffect(() => speech?.hear(microphone), [speech, microphone]);
  return state;
}

/** Return the language of this browser, which most people also speak. */
export function browserLanguage(): string {
  return navigator.language || "en";
}
