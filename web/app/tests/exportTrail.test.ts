import { expect, test } from "vitest";
import type { ExportPage } from "../src/admin/api";
import { trailText } from "../src/admin/exportTrail";

test("the pages of an export are put together in order, and end with their number", async () => {
  const pages: ExportPage[] = [
    { text: "a\nb\n", rows: 2, isDone: false, continueCursor: "x" },
    { text: "c\n", rows: 1, isDone: true, ending: { lastSeal: 7, head: "7:ab" } },
  ];
  const asked: unknown[] = [];
  const shown: number[] = [];
  const ask = async (args: object) => {
    asked.push(args);
    return pages[asked.length - 1] as ExportPage;
  };
  const { texts, rows } = await trailText(ask, "csv", (count) => shown.push(count));
  expect(texts.join("")).toBe('a\nb\nc\n{"rows":3,"firstSeal":null,"lastSeal":7,"head":"7:ab"}\n');
  expect(rows).toBe(3);
  expect(shown).toEqual([2, 3]);
  expect(asked).toEqual([
    { format: "csv", paginationOpts: { numItems: 500, cursor: null } },
    { format: "csv", paginationOpts: { numItems: 500, cursor: "x" } },
  ]);
});

test("a page that is refused ends the export", async () => {
  await expect(
    trailText(
      () => Promise.reject(new Error("no")),
      "jsonl",
      () => undefined,
    ),
  ).rejects.toThrow("no");
});
