import { GFM, parser } from "@lezer/markdown";

/** Markdown as notes use it: with tasks, tables, strikethrough and addresses as links. */
export const markdownParser = parser.configure([GFM]);
