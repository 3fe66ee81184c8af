/** A whole transcript as text. */

import type { ConvexReactClient } from "convex/react";
import { api, nameOf } from "../api/functions";
import { plain } from "../ui/text";
import { goesOn } from "./pages";
import type { Chunk } from "./types";

/** The most that the server returns at once. */
const MANY = 200;

/** Return all words of a meeting, in paragraphs with their speaker and time. */
export async function wholeText(
  convex: ConvexReactClient,
  meetingId: string,
  timeOf: (at: number) => string,
): Promise<string> {
  const chunks: Chunk[] = [];
  for (let sequence = 0, more = true; more; sequence = chunks.at(-1)?.sequence ?? 0) {
    const part = await convex.query(api.chunksAfter, { meetingId, sequence, limit: MANY });
    chunks.push(...part);
    more = part.length === MANY;
  }
  return inParagraphs(chunks, timeOf);
}

/** Return chunks as text: a paragraph for words of one speaker that belong together. */
export function inParagraphs(chunks: readonly Chunk[], timeOf: (at: number) => string): string {
  const paragraphs: string[] = [];
  chunks.forEach((chunk, place) => {
    const text = plain(chunk.text);
    if (goesOn(chunks[place - 1], chunk)) paragraphs.push(`${paragraphs.pop()} ${text}`);
    else paragraphs.push(`${timeOf(chunk.startMs)} ${nameOf(chunk.speaker)}: ${text}`);
  });
  return paragraphs.join("\n\n");
}
