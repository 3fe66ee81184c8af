import { describe, expect, test } from "vitest";
import { UnfitOperation } from "../src/errors";
import { apply } from "../src/ot/apply";
import { type Change, isSame, normalize, type Operation } from "../src/ot/change";
import { compose } from "../src/ot/compose";
import { diff } from "../src/ot/diff";
import { cutsPair, wellFormed } from "../src/ot/pairs";
import { split } from "../src/ot/split";
import { complement, laterLeft, positionBefore, smallerLeft, transform, transformPosition } from "../src/ot/transform";
import { seeded } from "./fakeServer";
import { randomOperation, randomText } from "./texts";

const PAIRS = 60_000;
const change = (position: number, length: number, content = ""): Change => ({ position, length, content });

/** Whether changes are in normal form and fit a text. */
function isWell(operation: Operation, text: string): boolean {
  const cuts = operation.some(({ position, length }) => cutsPair(text, position) || cutsPair(text, position + length));
  return !cuts && isSame(normalize(operation), operation);
}

describe("transform", () => {
  test.each([
    ["later left", laterLeft],
    ["smaller left", smallerLeft],
  ])("both orders make the same text, whatever was done: %s", (_name, rule) => {
    const random = seeded(1);
    for (let run = 0; run < PAIRS; run++) {
      const text = randomText(random, 12);
      const [later, earlier] = [randomOperation(random, text), randomOperation(random, text)];
      const movedLater = transform(later, earlier, rule);
      const movedEarlier = transform(earlier, later, complement(rule));
      const one = apply(apply(text, earlier), movedLater);
      expect(apply(apply(text, later), movedEarlier)).toBe(one);
      expect(isWell(movedLater, apply(text, earlier))).toBe(true);
      for (const { content } of [...later, ...earlier]) expect(one).toContain(content);
    }
  });

  test("an insert inside a deletion survives, right of the text that replaces it", () => {
    const deletion = [change(1, 3, "X")];
    const insert = [change(2, 0, "new")];
    expect(transform(insert, deletion, laterLeft)).toEqual([change(2, 0, "new")]);
    expect(transform(deletion, insert, complement(laterLeft))).toEqual([change(1, 1, "X"), change(5, 2)]);
  });

  test("two people who type at one place are not mixed up", () => {
    let text = "";
    const typed = { ada: 0, ben: 0 };
    // Ben's letters are always made before he has seen Ada's last one.
    for (const letter of ["a", "b", "c", "d"]) {
      const ada = [change(typed.ben + typed.ada, 0, letter)];
      text = apply(text, ada);
      typed.ada++;
      const ben = transform([change(typed.ben, 0, letter.toUpperCase())], [change(typed.ben, 0, letter)], laterLeft);
      text = apply(text, ben);
      typed.ben++;
    }
    expect(text).toBe("ABCDabcd");
  });

  test("a cursor stays left of text inserted at it, and goes to the text that replaces it", () => {
    expect(transformPosition(3, [change(3, 0, "new")])).toBe(3);
    expect(transformPosition(3, [change(0, 0, "new")])).toBe(6);
    expect(transformPosition(3, [change(1, 4, "ab")])).toBe(3);
  });

  test("a position is found again in the text before", () => {
    const random = seeded(2);
    for (let run = 0; run < 2_000; run++) {
      const text = randomText(random, 12);
      const operation = randomOperation(random, text);
      const made = apply(text, operation);
      for (let at = 0; at <= made.length; at++) {
        const before = positionBefore(at, operation);
        expect(before >= 0 && before <= text.length).toBe(true);
      }
    }
    expect(positionBefore(5, [change(1, 0, "abc")])).toBe(2);
    expect(positionBefore(3, [change(1, 0, "abc")])).toBe(1);
  });
});

describe("compose", () => {
  test("one operation has the effect of two in a row", () => {
    const random = seeded(3);
    for (let run = 0; run < PAIRS; run++) {
      const text = randomText(random, 12);
      const first = randomOperation(random, text);
      const between = apply(text, first);
      const second = randomOperation(random, between);
      const both = compose(first, second);
      expect(apply(text, both)).toBe(apply(between, second));
      expect(isWell(both, text)).toBe(true);
    }
  });
});

describe("split", () => {
  test("the parts of an operation have its effect, each within the bounds", () => {
    const random = seeded(4);
    for (let run = 0; run < 5_000; run++) {
      const text = randomText(random, 20);
      const operation = randomOperation(random, text);
      const bounds = { changes: 1 + Math.floor(random() * 3), inserted: 2 + Math.floor(random() * 6) };
      let made = text;
      let rest = operation;
      for (let parts = 0; rest.length > 0; parts++) {
        const [part, left] = split(rest, bounds);
        expect(part.length).toBeLessThanOrEqual(bounds.changes);
        const inserted = part.reduce((sum, { content }) => sum + content.length, 0);
        expect(inserted).toBeLessThanOrEqual(bounds.inserted);
        expect(isWell(part, made)).toBe(true);
        made = apply(made, part);
        rest = left;
        expect(parts).toBeLessThan(100);
      }
      expect(made).toBe(apply(text, operation));
    }
  });
});

describe("diff", () => {
  test("it makes one text of any other", () => {
    const random = seeded(5);
    for (let run = 0; run < 10_000; run++) {
      const before = randomText(random, 20);
      const after = random() < 0.5 ? randomText(random, 20) : apply(before, randomOperation(random, before));
      const found = diff(before, after);
      expect(apply(before, found)).toBe(after);
      expect(isWell(found, before)).toBe(true);
    }
  });

  test("an edit in one paragraph touches no other", () => {
    const lines = Array.from({ length: 100 }, (_, line) => `Line number ${line} of the text\n`);
    const after = lines.map((line, at) => (at === 10 || at === 90 ? line.replace("the", "our") : line)).join("");
    const found = diff(lines.join(""), after);
    expect(found).toHaveLength(2);
    expect(found.every(({ length, content }) => length <= 4 && content.length <= 4)).toBe(true);
  });
});

describe("normal form", () => {
  test("changes that touch are one, and empty ones are none", () => {
    expect(normalize([change(0, 1, "a"), change(1, 0, "b"), change(1, 2), change(5, 0)])).toEqual([change(0, 3, "ab")]);
  });

  test.each([
    ["descending", [change(3, 0, "a"), change(1, 0, "b")]],
    ["overlapping", [change(0, 3), change(2, 1)]],
    ["negative", [change(-1, 0, "a")]],
    ["fractional", [change(0.5, 0, "a")]],
    ["no number", [change(Number.NaN, 0, "a")]],
  ])("%s changes are refused", (_name, changes) => {
    expect(() => normalize(changes)).toThrow(UnfitOperation);
  });

  test("an operation that does not fit a text is refused", () => {
    expect(() => apply("ab", [change(3, 0, "c")])).toThrow(UnfitOperation);
    expect(() => apply("😀", [change(1, 0, "c")])).toThrow(UnfitOperation);
    expect(() => apply("😀", [change(0, 1)])).toThrow(UnfitOperation);
  });

  test("characters that a server refuses are replaced", () => {
    expect(wellFormed("a\0b\ud83dc\ude00 😀")).toBe("a\ufffdb\ufffdc\ufffd 😀");
  });
});
