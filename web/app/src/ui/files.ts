/** Files that the page makes. */

/** What file systems do not take, and what could hide an ending. */
const UNSAFE = /[\p{Cc}\p{Cf}\\/:*?"<>|]+/gu;
const MAX_NAME = 80;

/** Return a name for a file of a meeting, such as "Planning – notes.md". */
export function fileNameFor(title: string, what: string, ending: string): string {
  const name = title
    .replace(UNSAFE, " ")
    .replace(/\s+/g, " ")
    .replace(/^[.\s]+/, "")
    .trim()
    .slice(0, MAX_NAME)
    .trim();
  return `${name || "Meeting"} – ${what}.${ending}`;
}

/** Let the browser save a file. */
export function saveFile(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url));
}
