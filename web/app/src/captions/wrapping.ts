/**
 * Text in lines of captions. Lines are filled from the start, so that words that are added move none that are shown:
 * only the last line of a text can change.
 */

/** Letters that are as wide as two others. */
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uff60]/u;
/** A word, or one wide letter: between those a line may end. */
const PIECES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uff60]|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uff60]+|\s+/gu;
const GRAPHEMES = "Segmenter" in Intl ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;

/** Return a text in lines of at most so many columns. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  let gap = "";
  for (const piece of text.match(PIECES) ?? []) {
    if (piece.trim() === "") {
      gap = line === "" ? "" : " ";
      continue;
    }
    if (line !== "" && widthOf(line + gap + piece) > columns) {
      lines.push(line);
      line = "";
      gap = "";
    }
    const parts = cut(piece, columns);
    lines.push(...parts.slice(0, -1));
    line += gap + (parts.at(-1) ?? "");
    gap = "";
  }
  return line === "" ? lines : [...lines, line];
}

/** Return how many columns a text takes. */
export function widthOf(text: string): number {
  return lettersOf(text).reduce((sum, letter) => sum + (WIDE.test(letter) ? 2 : 1), 0);
}

/** Return a word in parts that fit a line each. */
function cut(word: string, columns: number): string[] {
  if (widthOf(word) <= columns) return [word];
  const parts: string[] = [];
  let part = "";
  for (const letter of lettersOf(word)) {
    if (part !== "" && widthOf(part + letter) > columns) {
      parts.push(part);
      part = "";
    }
    part += letter;
  }
  return [...parts, part];
}

function lettersOf(text: string): string[] {
  return GRAPHEMES ? [...GRAPHEMES.segment(text)].map(({ segment }) => segment) : [...text];
}
