/** What is on, as the page shows it. */

import type { Mode, Transcription } from "./types";

/**
 * Return what is on for the people in the call. Members may also deliver words themselves while nobody has turned
 * anything on: these are kept.
 */
export function modeOf(transcription: Transcription | undefined): Mode {
  if (!transcription) return "off";
  const { mode, state } = transcription;
  return mode === "off" && state === "active" ? "transcript" : mode;
}

/** Return whether this user's speech may be sent. */
export function mayHear({ mode, mustAnswer, allowed }: Transcription): boolean {
  return mode !== "off" && !mustAnswer && allowed === true;
}
