/** Captions and transcript in words. */

import { nameOf } from "../api/functions";
import { clock } from "../ui/time";
import { modeOf } from "./mode";
import type { SpeechState } from "./speech/index";
import type { Mode, PauseReason, Transcription } from "./types";

const PAUSED: Record<PauseReason, string> = {
  off: "Captions are paused.",
  engine: "Captions paused: no answer from the engine.",
  busy: "Captions paused: too many people speak at once for this server.",
  budget: "Captions paused: the minutes that this server allows are used up.",
};

const NO_ENGINE = "Speech is not recognised here: the operator of this server has not installed an engine.";

const MODES: Record<Mode, string> = {
  off: "Captions are off.",
  captions: "Captions are on. Nothing is kept.",
  transcript: "A transcript is kept.",
};

/** Return what is on, and who turned it on. */
export function modeInWords(transcription: Transcription): string {
  const { mode, changedBy, since } = transcription;
  if (mode === "off" && modeOf(transcription) !== "off") return "Words that members deliver themselves are kept.";
  if (mode === "off" || !changedBy || since === undefined) return MODES[mode];
  return `${MODES[mode]} Turned on by ${nameOf(changedBy)} at ${clock(since)}.`;
}

/** Return what is wrong with captions, as far as this page knows; null if nothing is. */
export function problemOf(transcription: Transcription, speech: SpeechState | null): string | null {
  if (transcription.mode === "off") return null;
  const { engine, pauseReason, retryAt } = transcription;
  if (engine === undefined) return NO_ENGINE;
  if (pauseReason !== undefined) return withRetry(PAUSED[pauseReason], retryAt);
  if (speech === null) return null;
  if (speech.reason !== null) return PAUSED[speech.reason];
  if (speech.link === "away") return "Your words are not captioned: the server cannot be reached. Trying again …";
  if (speech.link === "refused") return "The server does not caption your words. Trying again …";
  if (speech.link === "language") return "Your words are not captioned: this server does not know your language.";
  if (speech.link === "broken") return "Your words are not captioned: this browser does not let the page hear them.";
  if (speech.link === "deaf")
    return "Your words are not captioned: this browser has no sound output, and starts no sound.";
  if (speech.behind) return "Captions are behind.";
  return null;
}

/** A retry in the next seconds is not worth a time. */
const SOON_MS = 60_000;

function withRetry(words: string, retryAt: number | undefined): string {
  return retryAt !== undefined && retryAt - Date.now() > SOON_MS ? `${words} Next try at ${clock(retryAt)}.` : words;
}

/** Return the announcement of a change; null if there is nothing to say. */
export function changeInWords(before: Mode, now: Mode, by: string | null): string | null {
  if (before === now) return null;
  if (now === "off") return before === "transcript" ? "The transcript has ended." : "Captions are off.";
  if (now === "transcript") return by ? `${by} keeps a transcript of this call.` : "A transcript of this call is kept.";
  if (before === "transcript") return "The transcript has ended. Captions go on.";
  return by ? `${by} has turned on captions.` : "Captions are on.";
}

/** A question, and the answer that agrees. */
type Question = { title: string; text: string; yes: string };

/** Return the question to members whose speech is not captioned yet; `me` is who is asked. */
export function questionFor({ mode, changedBy }: Pick<Transcription, "mode" | "changedBy">, me?: string): Question {
  const mine = changedBy !== undefined && changedBy._id === me;
  const who = changedBy ? nameOf(changedBy) : "A host";
  return mode === "transcript"
    ? {
        title: `${mine ? "You keep" : `${who} keeps`} a transcript. May your words be in it?`,
        text: "Everyone in the meeting can read them, now and afterwards. Your sound is not kept.",
        yes: "Put my words in",
      }
    : {
        title: `${mine ? "You have" : `${who} has`} turned on captions. May your words be shown?`,
        text: "Everyone in the call can read them while you speak. Neither sound nor words are kept.",
        yes: "Show my words",
      };
}
