import { fileNameFor, saveFile } from "../ui/files";

/** Let the browser save the report of a meeting as Markdown. */
export function saveReport(title: string, text: string): void {
  saveFile(fileNameFor(title, "report", "md"), "text/markdown", text);
}
