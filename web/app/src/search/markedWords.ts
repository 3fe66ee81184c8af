/** Words within a passage that the search found, to be marked. */

export type Part = { text: string; found: boolean };

const SPECIAL = /[\\^$.*+?()[\]{}|]/g;
/** Scripts without spaces: there a word ends anywhere. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const LETTER = "[\\p{L}\\p{N}\\p{M}_]";

/** Return a text in parts, of which those that are one of the words are found ones. */
export function withMarks(text: string, words: string[]): Part[] {
  if (words.length === 0) return [{ text, found: false }];
  const longestFirst = [...words].sort((one, other) => other.length - one.length);
  const pattern = new RegExp(`(${longestFirst.map(patternOf).join("|")})`, "gu");
  return text
    .split(pattern)
    .map((part, place) => ({ text: part, found: place % 2 === 1 }))
    .filter((part) => part.text !== "");
}

function patternOf(word: string): string {
  const literal = word.replace(SPECIAL, "\\$&");
  return UNSPACED.test(word) ? literal : `(?<!${LETTER})${literal}(?!${LETTER})`;
}
