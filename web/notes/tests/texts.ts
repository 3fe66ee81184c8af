/** Random texts and operations, with all that makes positions hard. */

import { type Change, normalize, type Operation } from "../src/ot/change";

type Random = () => number;

const PIECES = [
  "a",
  "b",
  "xyz",
  " ",
  "\n",
  "\r\n",
  "é",
  "e\u0301",
  "😀",
  "👩‍👩‍👧",
  "🇩🇪",
  "שלום",
  "مرحبا",
  "漢字",
  "\u200f",
  "- [ ] ",
];

export function randomText(random: Random, pieces = 8): string {
  return Array.from({ length: Math.floor(random() * pieces) }, () => pick(random, PIECES)).join("");
}

/** Return an operation that fits a text and cuts no pair. */
export function randomOperation(random: Random, text: string): Operation {
  const bounds = [0];
  for (const character of text) bounds.push((bounds.at(-1) as number) + character.length);
  const changes: Change[] = [];
  let at = 0;
  for (let left = Math.floor(random() * 4); left > 0; left--) {
    const start = at + Math.floor(random() * (bounds.length - at));
    if (start >= bounds.length) break;
    const end = Math.min(bounds.length - 1, start + (random() < 0.5 ? 0 : Math.floor(random() * 5)));
    const position = bounds[start] as number;
    const content = random() < 0.3 ? "" : randomText(random, 3);
    changes.push({ position, length: (bounds[end] as number) - position, content });
    at = end;
  }
  return normalize(changes);
}

export function pick<T>(random: Random, all: readonly T[]): T {
  return all[Math.floor(random() * all.length)] as T;
}
