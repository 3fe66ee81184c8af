import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasInk, isolate } from "../src/text";

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
  expect(hasInk(text)).toBe(seen);
});
