/** The way from words into the recording of the call. */

import type { Recording } from "../api/functions";
import { isWebAddress } from "../chat/linkify";

const SECOND_MS = 1_000;

/** Return the address at which players begin at a moment, in ms; null if no file that can be opened has it. */
export function recordedAt(recordings: readonly Recording[], at: number): string | null {
  for (const { url, startedAt, endedAt } of recordings.flatMap((one) => one.files ?? [])) {
    if (!url || !isWebAddress(url) || at < startedAt || at >= (endedAt ?? Number.POSITIVE_INFINITY)) continue;
    return `${url}#t=${Math.floor((at - startedAt) / SECOND_MS)}`;
  }
  return null;
}
