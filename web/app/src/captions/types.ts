/** Captions and the transcript of a meeting, as the server has them. Times in ms since 1970. */

import type { UserCard } from "../api/functions";

export type Mode = "off" | "captions" | "transcript";
export type OnMode = Exclude<Mode, "off">;
/** `off`: turned off; `engine`: no answer of it; `busy`: too many speak at once; `budget`: the minutes are used up. */
export type PauseReason = "off" | "engine" | "busy" | "budget";

/**
 * What is on in a meeting, and the user's part in it: `allowed` is the user's answer to what is on. Without an `engine`
 * no speech is recognised; `languages` are those it knows, and empty if it knows any.
 */
export type Transcription = {
  mode: Mode;
  state: "initializing" | "active" | "paused" | "completed" | "failed";
  since?: number;
  changedBy?: UserCard;
  engine?: string;
  languages: string[];
  pauseReason?: PauseReason;
  retryAt?: number;
  canStart: OnMode[];
  canStop: boolean;
  mustAnswer: boolean;
  allowed?: boolean;
  language?: string;
  refused: string[];
};

export type LiveCaption = {
  _id: string;
  speakerId: string;
  speaker: UserCard;
  text: string;
  isInterim: boolean;
  startMs: number;
  endMs: number;
  createdAt: number;
};

/** A stored piece of speech. `revision` counts its corrections; after the first, `firstText` is what was recognised. */
export type Chunk = {
  _id: string;
  sequence: number;
  speakerId: string;
  speaker: UserCard;
  text: string;
  startMs: number;
  endMs: number;
  revision: number;
  firstText?: string;
};

export type Hit = {
  segmentId: string;
  sequence: number;
  speaker: UserCard;
  startMs: number;
  snippet: string;
};

/** `speakingMs` is how long a member spoke. */
export type SpeakerTime = { userId: string; user: UserCard; speakingMs: number; chunks: number };
/** The size of a transcript; `zeroMs` is the start of its meeting. */
export type Extent = {
  zeroMs: number;
  firstMs: number;
  lastMs: number;
  lastSequence: number;
  chunks: number;
  words: number;
};
export type FileFormat = "vtt" | "srt" | "txt" | "md" | "json";
export type TranscriptFile = { name: string; contentType: string; content: string };
