/** The export of the audit trail: its pages put together. */

import type { PaginationOptions } from "convex/server";
import type { ExportFormat, ExportPage } from "./api";

const ROWS_A_PAGE = 500;

type Ending = { firstSeal?: number | null; lastSeal?: number | null; head: string };
type Ask = (args: { format: ExportFormat; paginationOpts: PaginationOptions }) => Promise<ExportPage>;

/** Return the texts of the whole trail, oldest row first; report the rows so far. */
export async function trailText(
  ask: Ask,
  format: ExportFormat,
  onRows: (rows: number) => void,
): Promise<{ texts: string[]; rows: number }> {
  const texts: string[] = [];
  let rows = 0;
  let cursor: string | null = null;
  while (true) {
    const page: ExportPage = await ask({
      format,
      paginationOpts: { numItems: ROWS_A_PAGE, cursor },
    });
    texts.push(page.text);
    rows += page.rows;
    onRows(rows);
    if (page.ending) texts.push(endingLine(rows, page.ending));
    if (page.isDone || page.continueCursor === undefined) return { texts, rows };
    cursor = page.continueCursor;
  }
}

/** Return the last line of JSON Lines, as the command writes it. */
function endingLine(rows: number, { firstSeal = null, lastSeal = null, head }: Ending): string {
  return `${JSON.stringify({ rows, firstSeal, lastSeal, head })}\n`;
}
