// The vectors of docs/vectors/notes.json: the server's rules in Python give the same results, unit by unit.

import { describe, expect, test } from "vitest";
import text from "../../../docs/vectors/notes.json?raw";
import { UnfitOperation } from "../src/errors";
import { apply } from "../src/ot/apply";
import { normalize, type Operation } from "../src/ot/change";
import { compose } from "../src/ot/compose";
import { diff } from "../src/ot/diff";
import { laterLeft, smallerLeft, transformPair, transformPosition } from "../src/ot/transform";

type Changes = [number, number, string][];
type Vectors = {
  format: number;
  normalize: { changes: Changes; normal: Changes | null }[];
  apply: { text: string; operation: Changes; result: string }[];
  refused: { text: string; operation: Changes }[];
  transform: {
    text: string;
    earlier: Changes;
    later: Changes;
    rule: "later" | "smaller";
    earlierAfter: Changes;
    laterAfter: Changes;
    result: string;
  }[];
  compose: { text: string; first: Changes; second: Changes; composed: Changes; result: string }[];
  position: { operation: Changes; position: number; after: number }[];
  diff: { before: string; after: string; operation: Changes }[];
};

const vectors = JSON.parse(text) as Vectors;
const RULES = { later: laterLeft, smaller: smallerLeft };

/** Return changes as they are written in the file. */
const written = (operation: Operation): Changes => operation.map((one) => [one.position, one.length, one.content]);
const read = (changes: Changes): Operation =>
  changes.map(([position, length, content]) => ({ position, length, content }));

describe("the vectors", () => {
  test("are of the format that these tests know", () => expect(vectors.format).toBe(1));

  test.each(vectors.normalize)("normal form of $changes", ({ changes, normal }) => {
    if (normal === null) expect(() => normalize(read(changes))).toThrow(UnfitOperation);
    else expect(written(normalize(read(changes)))).toEqual(normal);
  });

  test("apply", () => {
    for (const { text, operation, result } of vectors.apply) expect(apply(text, read(operation))).toBe(result);
  });

  test.each(vectors.refused)("$operation does not fit $text", ({ text, operation }) => {
    expect(() => apply(text, read(operation))).toThrow(UnfitOperation);
  });

  test("transform", () => {
    for (const { text, earlier, later, rule, earlierAfter, laterAfter, result } of vectors.transform) {
      const [movedEarlier, movedLater] = transformPair(read(earlier), read(later), RULES[rule]);
      expect([written(movedEarlier), written(movedLater)]).toEqual([earlierAfter, laterAfter]);
      expect(apply(apply(text, read(earlier)), movedLater)).toBe(result);
    }
  });

  test("compose", () => {
    for (const { text, first, second, composed, result } of vectors.compose) {
      const both = compose(read(first), read(second));
      expect(written(both)).toEqual(composed);
      expect(apply(text, both)).toBe(result);
    }
  });

  test("positions of cursors", () => {
    for (const { operation, position, after } of vectors.position) {
      expect(transformPosition(position, read(operation))).toBe(after);
    }
  });

  test("diff", () => {
    for (const { before, after, operation } of vectors.diff) expect(written(diff(before, after))).toEqual(operation);
  });
});
