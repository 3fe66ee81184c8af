/** The appearance of a user without a picture. */

/** Backgrounds for white letters, with a contrast of at least 4.5 to 1; none is close to the colours of states. */
export const PERSON_COLORS = [
  "#8a4b2f",
  "#7a5a12",
  "#56661d",
  "#2f6b4a",
  "#1f6a6e",
  "#2a6189",
  "#44579b",
  "#5f4f9e",
  "#7b4593",
  "#92407a",
  "#964257",
  "#5b5f66",
] as const;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Return a user's colour: the same for the same id, on every page and device. */
export function personColor(id: string): string {
  let hash = FNV_OFFSET;
  for (let place = 0; place < id.length; place++) hash = Math.imul(hash ^ id.charCodeAt(place), FNV_PRIME) >>> 0;
  return PERSON_COLORS[hash % PERSON_COLORS.length] ?? PERSON_COLORS[0];
}

/** Return the first letters of the first and the last word of a name. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/^[^\p{L}\p{N}\p{Extended_Pictographic}]+/u, ""))
    .filter(Boolean);
  const [first = "", ...rest] = words;
  return (firstLetter(first) + firstLetter(rest.at(-1) ?? "")).toLocaleUpperCase() || "?";
}

const LETTERS = "Segmenter" in Intl ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;

/** Return a letter with its marks; browsers without a segmenter take the first code point. */
function firstLetter(word: string): string {
  if (!LETTERS) return [...word][0] ?? "";
  return LETTERS.segment(word)[Symbol.iterator]().next().value?.segment ?? "";
}
