/** A transcript in pages of fixed sequences: a page that is full never changes its place, whatever is deleted or comes. */

import type { Chunk } from "./types";

export const PAGE_CHUNKS = 50;
/** More are not shown at once. */
export const MAX_PAGES = 8;
/** The pages that are loaded, in a row. */
export type Range = { first: number; last: number };
/** A break before a chunk: `silentMs` without words, or words that were deleted. */
export type Gap = { kind: "silence"; silentMs: number } | { kind: "deleted" };

/** A shorter silence is no gap. */
const SILENCE_MS = 60_000;
/** Chunks of one speaker within this time share a header. */
const TOGETHER_MS = 30_000;

/** Return the page that has a sequence, from 0. */
export function pageOf(sequence: number): number {
  return Math.max(0, Math.floor((sequence - 1) / PAGE_CHUNKS));
}

/** Return the pages to load for a sequence: its own, and the one before it if it is near the start of its page. */
export function rangeAround(sequence: number): Range {
  const page = pageOf(sequence);
  return { first: pageOf(sequence - PAGE_CHUNKS / 2), last: page };
}

/** Return the pages with one more before (−1) or after (1) them, and the first or last of too many gone. */
export function widened({ first, last }: Range, towards: -1 | 1, lastPage: number): Range {
  if (towards < 0) {
    const start = Math.max(0, first - 1);
    return { first: start, last: Math.min(last, start + MAX_PAGES - 1) };
  }
  const end = Math.min(lastPage, last + 1);
  return { first: Math.max(first, end - MAX_PAGES + 1), last: end };
}

/** Return the chunks of a page from an answer, which goes on behind the page where chunks were deleted. */
export function chunksOn(page: number, answer: readonly Chunk[]): Chunk[] {
  return answer.filter((chunk) => pageOf(chunk.sequence) === page);
}

/** Return whether a chunk continues the words of the one before it. */
export function goesOn(before: Chunk | undefined, chunk: Chunk): boolean {
  return (
    before?.speakerId === chunk.speakerId &&
    gapBetween(before, chunk) === null &&
    chunk.startMs - before.endMs < TOGETHER_MS
  );
}

/** Return the gap between two chunks, if there is one. The first chunk of all has none before it. */
export function gapBetween(before: Chunk | undefined, chunk: Chunk): Gap | null {
  if (!before) return null;
  if (chunk.sequence > before.sequence + 1) return { kind: "deleted" };
  const silentMs = chunk.startMs - before.endMs;
  return silentMs >= SILENCE_MS ? { kind: "silence", silentMs } : null;
}

/** The server takes up to twelve words, and 200 characters. */
const MAX_WORDS = 12;
const WORD = /[\p{L}\p{N}]/u;

/** Return what to search for; null while there is no word. */
export function searched(typed: string): string | null {
  const words = typed
    .trim()
    .split(/\s+/)
    .filter((word) => WORD.test(word));
  return words.length === 0 ? null : words.slice(0, MAX_WORDS).join(" ");
}
