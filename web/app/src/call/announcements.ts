/** Announcements of changes in a call: a caption for all users, and for those who cannot see the grid. */

import type { MediaState } from "@connvo/rtc";
import { changeInWords } from "../captions/statusText";
import type { Mode } from "../captions/types";
import { isolate } from "../ui/text";

/** `present` and `sharing` are the other members, names by id; `message` is one the user has not read. */
export type CallSnapshot = {
  present: ReadonlyMap<string, string>;
  sharing: ReadonlyMap<string, string>;
  mine: MediaState;
  host: boolean;
  recording: boolean;
  transcription: { mode: Mode; by: string | null };
  message: { id: string; from: string; text: string } | null;
};

const MAX_MESSAGE_LENGTH = 120;

const SHARING = "You are sharing your screen.";
const PAUSED = "You are sharing your screen. Your camera is paused.";

const OWN: Record<keyof MediaState, { on: string; off: string }> = {
  audio: { on: "You can be heard.", off: "You are muted." },
  video: { on: "Your camera is on.", off: "Your camera is off." },
  screen: { on: SHARING, off: "You have stopped sharing your screen." },
};

export function announcements(before: CallSnapshot, now: CallSnapshot): string[] {
  const own = (Object.keys(OWN) as (keyof MediaState)[]).filter((kind) => before.mine[kind] !== now.mine[kind]);
  return [
    ...added(before.present, now.present).map((name) => `${name} has joined.`),
    ...added(now.present, before.present).map((name) => `${name} has left.`),
    ...added(before.sharing, now.sharing).map((name) => `${name} is sharing a screen.`),
    ...own.map((kind) => wordsFor(kind, now.mine)),
    ...switched(before.host, now.host, "You are a host now.", "You are no longer a host."),
    ...switched(before.recording, now.recording, "This call is being recorded.", "The recording has ended."),
    ...transcribed(before.transcription.mode, now.transcription),
    ...(now.message && now.message.id !== before.message?.id ? [spoken(now.message)] : []),
  ];
}

/** A screen replaces the camera: each member sends one picture. */
function wordsFor(kind: keyof MediaState, mine: MediaState): string {
  if (kind === "screen" && mine.screen && mine.video) return PAUSED;
  return mine[kind] ? OWN[kind].on : OWN[kind].off;
}

function added(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string[] {
  return [...now].filter(([id]) => !before.has(id)).map(([, name]) => name);
}

function switched(before: boolean, now: boolean, on: string, off: string): string[] {
  return before === now ? [] : [now ? on : off];
}

function transcribed(before: Mode, { mode, by }: CallSnapshot["transcription"]): string[] {
  const words = changeInWords(before, mode, by);
  return words === null ? [] : [words];
}

function spoken({ from, text }: { from: string; text: string }): string {
  const line = text.replace(/\s+/g, " ");
  return `${from}: ${isolate(line.length > MAX_MESSAGE_LENGTH ? `${line.slice(0, MAX_MESSAGE_LENGTH)} …` : line)}`;
}
