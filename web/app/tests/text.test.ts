import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasVisibleText, isolate, plain } from "../src/ui/text";

describe("a name within a sentence", () => {
  test.each([
    ["Ada", "Ada"],
    ["王小明", "王小明"],
    ["👩‍🚀 Sally", "👩‍🚀 Sally"],
    ["מיכל", "\u2068מיכל\u2069"],
    ["Ada محمد", "\u2068Ada محمد\u2069"],
    ["\u202enimda", "nimda"],
    ["\u2069\u2067Ada\u061c", "Ada"],
  ])("%j is drawn as %j", (name, drawn) => {
    expect(isolate(name)).toBe(drawn);
  });

  test("cannot leave its isolate, and is not isolated twice", () => {
    const tricky = fc.constantFrom("\u2066", "\u2067", "\u2068", "\u2069", "\u202e", "\u202c", "א", "ع", "a", "1", " ");
    fc.assert(
      fc.property(fc.string({ unit: tricky }), (name) => {
        const drawn = isolate(name);
        expect(isolate(drawn)).toBe(drawn);
        expect(drawn.replace(/^\u2068(.*)\u2069$/s, "$1")).not.toMatch(
          /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/,
        );
      }),
    );
  });
});

test.each([
  ["Ada", true],
  ["ℵ", true],
  ["👍🏽", true],
  [".", true],
  ["", false],
  [" \u200b\u2060\u00ad", false],
  ["\u202e", false],
  ["\u3164\u2800", false],
  ["\u200d\ufe0f", false],
  ["\ufff9\ufffb", false],
  ["\u{e0041}", false],
])("%j shows something: %s", (text, seen) => {
  expect(hasVisibleText(text)).toBe(seen);
});

describe("text of people", () => {
  test.each([
    ["Grüße, 世界 👩‍🚀🏴󠁧󠁢󠁥󠁮󠁧󠁿", "Grüße, 世界 👩‍🚀🏴󠁧󠁢󠁥󠁮󠁧󠁿"],
    ["two\nlines\tand a tab", "two\nlines\tand a tab"],
    ["מיכל\u200f!", "מיכל\u200f!"],
    ["invoice\u202efdp.exe", "invoicefdp.exe"],
    ["\u2066a\u2069\u2067b\u2069\u202ac\u202c", "abc"],
    ["a\u0000\u001b[2J\u0085b", "a[2Jb"],
    [`Z${"\u0335".repeat(79)}o`, `Z${"\u0335".repeat(6)}o`],
    ["שָׁלוֹם", "שָׁלוֹם"],
  ])("%j is drawn as %j", (written, drawn) => {
    expect(plain(written)).toBe(drawn);
    expect(plain(drawn)).toBe(drawn);
  });
});
