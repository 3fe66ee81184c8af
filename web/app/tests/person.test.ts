import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { initials, PERSON_COLORS, personColor } from "../src/members/person";

describe("the colour of a person", () => {
  it("is one of the palette, and the same every time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (id) => {
        expect(PERSON_COLORS).toContain(personColor(id));
        expect(personColor(id)).toBe(personColor(id));
      }),
    );
  });

  it("spreads people whose ids differ in one letter over the whole palette", () => {
    const colors = new Set(Array.from({ length: 200 }, (_, number) => personColor(`kd7users${number}`)));
    expect(colors.size).toBe(PERSON_COLORS.length);
  });
});

describe("initials", () => {
  it.each([
    ["Ada Lovelace", "AL"],
    ["  ada   king  lovelace ", "AL"],
    ["Ada", "A"],
    ["(Ada) 'Lovelace'", "AL"],
    ["王小明", "王"],
    ["नीता शर्मा", "नीश"],
    ["e\u0301mile zola", "E\u0301Z"],
    ["👩‍🚀 Sally", "👩‍🚀S"],
    ["محمد علي", "مع"],
    ["", "?"],
    ["---", "?"],
  ])("of %s are %s", (name, letters) => {
    expect(initials(name)).toBe(letters);
  });
});
