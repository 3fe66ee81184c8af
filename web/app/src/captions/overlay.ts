/**
 * The captions on the screen, from the live captions of the server: few speakers, two lines each, gone soon after.
 *
 * The server replaces the words being spoken by final ones, and forgets those after some seconds. Here a speaker's words
 * go on in one text, whose lines stay where they are until they have left the screen.
 */

import { nameOf } from "../api/functions";
import { plain } from "../ui/text";
import type { LiveCaption } from "./types";
import { wrapped } from "./wrapping";

export const MAX_SPEAKERS = 3;
export const MAX_LINES = 2;
export const MAX_COLUMNS = 42;
/** How long words stay after the last change. */
export const SHOWN_MS = 4_000;

/** The words of one speaker: `settled` are final, `open` may change. `since` is when the first appeared. */
export type Block = {
  speakerId: string;
  name: string;
  settled: string;
  open: string;
  since: number;
  changedAt: number;
};
/** `known` are the final captions that are in the blocks already. */
export type Screen = { blocks: readonly Block[]; known: ReadonlySet<string> };
export type Shown = { speakerId: string; name: string; lines: string[] };

export const EMPTY: Screen = { blocks: [], known: new Set() };

/** Return the screen after an answer of the server. */
export function followed(before: Screen, captions: readonly LiveCaption[], columns: number, now: number): Screen {
  const speakers = new Map(before.blocks.filter((block) => isShown(block, now)).map((one) => [one.speakerId, one]));
  const spoken = new Map<string, LiveCaption[]>();
  for (const one of captions) spoken.set(one.speakerId, [...(spoken.get(one.speakerId) ?? []), one]);
  const blocks: Block[] = [];
  for (const [speakerId, block] of speakers) {
    if (!spoken.has(speakerId)) blocks.push(changed(block, block.settled, "", now));
  }
  for (const [speakerId, theirs] of spoken) {
    const block = speakers.get(speakerId) ?? newBlock(speakerId, theirs, now);
    const fresh = theirs.filter((one) => !one.isInterim && !before.known.has(one._id));
    const settled = joined([block.settled, ...fresh.map((one) => plain(one.text))]);
    const open = joined(theirs.filter((one) => one.isInterim).map((one) => plain(one.text)));
    blocks.push(changed(block, tailOf(settled, columns), open, now));
  }
  const finals = captions.filter((one) => !one.isInterim).map((one) => one._id);
  return { blocks: blocks.filter((block) => isShown(block, now)), known: new Set(finals) };
}

/** Return what is on the screen now: the last lines of those who spoke last, in the order in which they began. */
export function shownOn({ blocks }: Screen, columns: number, now: number): Shown[] {
  return blocks
    .filter((block) => isShown(block, now))
    .sort((one, other) => other.changedAt - one.changedAt)
    .slice(0, MAX_SPEAKERS)
    .sort((one, other) => one.since - other.since)
    .map(({ speakerId, name, settled, open }) => ({
      speakerId,
      name,
      lines: wrapped(joined([settled, open]), columns).slice(-MAX_LINES),
    }));
}

/** Return when the next words leave the screen, in ms; null if none will without a change. */
export function nextEnd({ blocks }: Screen, now: number): number | null {
  const ends = blocks
    .filter((block) => block.open === "" && isShown(block, now))
    .map((one) => one.changedAt + SHOWN_MS);
  return ends.length === 0 ? null : Math.min(...ends);
}

function isShown({ settled, open, changedAt }: Block, now: number): boolean {
  return open !== "" || (settled !== "" && now < changedAt + SHOWN_MS);
}

function newBlock(speakerId: string, [first]: LiveCaption[], now: number): Block {
  return {
    speakerId,
    name: nameOf(first?.speaker),
    settled: "",
    open: "",
    since: now,
    changedAt: Number.NEGATIVE_INFINITY,
  };
}

function changed(block: Block, settled: string, open: string, now: number): Block {
  const isSame = block.settled === settled && block.open === open;
  return isSame ? block : { ...block, settled, open, changedAt: now };
}

/** Return the end of a text that can still be seen: whole lines leave it, so that the others stay as they are. */
function tailOf(text: string, columns: number): string {
  return wrapped(text, columns)
    .slice(-MAX_LINES - 1)
    .join(" ");
}

function joined(texts: string[]): string {
  return texts
    .map((text) => text.trim())
    .filter(Boolean)
    .join(" ");
}
