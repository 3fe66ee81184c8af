/** Notes as files. */

import { fileNameFor, saveFile } from "../ui/files";
import { htmlPage } from "./markdown/html";
import { plainText } from "./markdown/plainText";

export type Format = "markdown" | "text" | "html";

const KINDS: Record<Format, { type: string; ending: string; content: (title: string, text: string) => string }> = {
  markdown: { type: "text/markdown", ending: "md", content: (_title, text) => text },
  text: { type: "text/plain", ending: "txt", content: (_title, text) => plainText(text) },
  html: { type: "text/html", ending: "html", content: htmlPage },
};

/** Return the name of a file for the notes of a meeting. */
export function fileName(title: string, format: Format): string {
  return fileNameFor(title, "notes", KINDS[format].ending);
}

/** Let the browser save the notes as a file. */
export function saveNotes(title: string, text: string, format: Format): void {
  const { type, content } = KINDS[format];
  saveFile(fileName(title, format), type, content(title, text));
}
