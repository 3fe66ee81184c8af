/** Passages as text to read. Those of notes are pieces of Markdown on one line, cut anywhere. */

import { plain } from "../ui/text";
import type { FoundPassage } from "./types";

/** Each mark, and what is left of it. A dash within the line may be a dash, so it stays. */
const MARKS: [RegExp, string][] = [
  [/!?\[([^\]]*)\]\([^)\s]*(?: "[^"]*")?\)/g, "$1"],
  [/<(https?:\/\/[^>\s]+)>/g, "$1"],
  [/^[-*+] \[[ xX]\] /, ""],
  [/ [-*+] \[[ xX]\] /g, " · "],
  [/^[-*+>] /, ""],
  [/(^| )#{1,6} /g, "$1"],
  [/(^| )>+ /g, "$1"],
  [/(^| )(?:-{3,}|\*{3,}|_{3,}|`{3,}\w*)(?= |$)/g, "$1"],
  [/(\*\*\*|\*\*|~~|`+)(?=\S)(.*?\S)\1/g, "$2"],
  [/(?<![\p{L}\p{N}*])\*(?=[^\s*])([^*]*[^\s*])\*(?![\p{L}\p{N}*])/gu, "$1"],
  [/(?<![\p{L}\p{N}_])(__|_)(?=[^\s_])([^_]*[^\s_])\1(?![\p{L}\p{N}_])/gu, "$2"],
  [/\\([!-/:-@[-`{-~])/g, "$1"],
];

/** Return a passage as it is shown in the results. */
export function passageText({ kind, passage }: Pick<FoundPassage, "kind" | "passage">): string {
  const text = plain(passage);
  if (kind !== "note") return text;
  const bare = MARKS.reduce((before, [mark, left]) => before.replace(mark, left), text);
  return bare.replace(/ {2,}/g, " ").trim() || text;
}
