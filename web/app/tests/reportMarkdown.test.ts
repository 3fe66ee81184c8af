import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escaped, reportMarkdown } from "../src/insights/markdown";
import { type Report, RULES } from "../src/insights/types";
import { blocksOf } from "../src/notes/markdown/blocks";
import { timeAddress, timeIn } from "../src/ui/moments";

const ZERO = 1_000_000;
const NAMING = { title: "Weekly *planning*", zeroMs: ZERO, nameOf: (userId: string) => `User ${userId}` };
const EMPTY: Report = {
  state: "ready",
  done: 0,
  total: 0,
  source: RULES,
  revision: 1,
  overview: [],
  decisions: [],
  actions: [],
  questions: [],
  topics: [],
  speaking: [],
  people: [],
};
const item = (text: string) => ({
  itemId: "1",
  text,
  cites: [{ segmentId: "s1", startMs: ZERO + 65_000 }],
  edited: false,
});

/** Return the text that a list with one item shows, or null if it is anything else than text. */
function shown(markdown: string): string | null {
  const [list, ...more] = blocksOf(`- ${markdown}`);
  if (list?.kind !== "list" || more.length > 0 || list.items.length !== 1) return null;
  const blocks = list.items[0]?.blocks ?? [];
  if (blocks.length === 0) return "";
  const [paragraph, ...others] = blocks;
  if (paragraph?.kind !== "paragraph" || others.length > 0) return null;
  return paragraph.parts.every((part) => part.kind === "text")
    ? paragraph.parts.map((part) => (part.kind === "text" ? part.text : "")).join("")
    : null;
}

const HOSTILE = [
  "# no heading",
  "- no list",
  "1. no number",
  "12) no number",
  "> no quote",
  "--- no rule",
  "```no code",
  "[no link](https://evil.example)",
  "![no picture](https://evil.example/x.png)",
  "<script>alert(1)</script>",
  "<https://evil.example>",
  "https://evil.example and www.evil.example",
  "*no* _emphasis_ ~~here~~",
  "| no | table |",
  "&lt;no entity&gt;",
  "\\already escaped\\",
  "two\nlines\r\n\r\n# in one",
  "[ ] no task",
  "=== no heading",
];

describe("a report as Markdown", () => {
  it.each(HOSTILE)("shows %j as the text that it is", (text) => {
    expect(shown(escaped(text))).toBe(text.replace(/\s+/g, " ").trim());
  });

  it("shows any text as it is", () => {
    const piece = fc.constantFrom(...HOSTILE, ..."#*_`[]()<>!&|~\\-+=.:@ 1a\n\t");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        expect(shown(escaped(text))).toBe(text.replace(/\s+/g, " ").trim());
      }),
    );
  });

  it("has the statements with owner, date and moment, and says who made it", () => {
    const report: Report = {
      ...EMPTY,
      decisions: [item("We ship in May.")],
      actions: [
        { ...item("Order the cards"), ownerId: "ada", dueOn: "2026-12-31", done: true },
        { ...item("Oil the mill"), dueWords: "next week" },
      ],
      questions: [{ ...item("Who turns the handle?"), askedBy: "ben" }],
      speaking: [{ userId: "ada", ms: 60_000, share: 0.75, turns: 1 }],
    };
    const text = reportMarkdown(report, NAMING);
    expect(text).toContain("# Weekly \\*planning\\*\n\nMade by rules");
    expect(text).toContain("## Decisions\n\n- We ship in May. (1:05)");
    expect(text).toMatch(/- \[x\] Order the cards \(User ada, by .*2026, 1:05\)/);
    expect(text).toContain("- [ ] Oil the mill (next week, 1:05)");
    expect(text).toContain("- Who turns the handle? (asked by User ben, 1:05)");
    expect(text).toContain("## Speaking time\n\n- User ada: 75 %");
    expect(text).not.toContain("## Topics");
  });
});

describe("a moment", () => {
  it("is never later in its address than its words", () => {
    for (const at of [0, 1_800_000_000_123, 1_800_000_000_123.9]) {
      expect(timeIn(timeAddress(at))).toBe(Math.floor(at));
    }
  });
});
