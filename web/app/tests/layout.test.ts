import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrange } from "../src/call/layout/arrange";
import { spotlitOf } from "../src/call/layout/focus";
import { type Box, CLASSIC, GAP_PX, MIN_TILE, type Size, UPRIGHT, WIDE } from "../src/call/layout/geometry";
import { promoted, updated } from "../src/call/layout/order";

const MAX_PEOPLE = 49;
const ROUNDING_PX = 0.01;
const ME = "p0";
const people = (count: number) => Array.from({ length: count }, (_, place) => `p${place}`);
const boxesOf = (found: { boxes: ReadonlyMap<string, Box> }) => [...found.boxes.values()];

const PHONE: Size = { width: 344, height: 560 };
const SIDEWAYS: Size = { width: 716, height: 232 };
const TABLET: Size = { width: 744, height: 860 };
const DESKTOP: Size = { width: 1416, height: 750 };

const count = fc.integer({ min: 1, max: MAX_PEOPLE });
const wide = fc.record({ width: fc.integer({ min: 560, max: 3840 }), height: fc.integer({ min: 180, max: 2160 }) });
const upright = fc.record({ width: fc.integer({ min: 304, max: 900 }), height: fc.integer({ min: 340, max: 1400 }) });
const stage = fc.oneof(wide, upright);

function within(box: Box, { width, height }: Size): boolean {
  const right = box.left + box.width;
  const bottom = box.top + box.height;
  return (
    box.left >= -ROUNDING_PX &&
    box.top >= -ROUNDING_PX &&
    right <= width + ROUNDING_PX &&
    bottom <= height + ROUNDING_PX
  );
}

function apart(one: Box, other: Box): boolean {
  return (
    one.left + one.width <= other.left + ROUNDING_PX ||
    other.left + other.width <= one.left + ROUNDING_PX ||
    one.top + one.height <= other.top + ROUNDING_PX ||
    other.top + other.height <= one.top + ROUNDING_PX
  );
}

function allApart(boxes: Box[]): boolean {
  return boxes.every((box, place) => boxes.slice(place + 1).every((other) => apart(box, other)));
}

describe("the arrangement of tiles", () => {
  it("keeps every tile and the pager within the stage, apart from each other, on every page", () => {
    fc.assert(
      fc.property(count, stage, fc.boolean(), (n, size, spotlight) => {
        const order = people(n);
        const spotlit = spotlight ? (order.at(-1) ?? null) : null;
        const seen = new Set<string>();
        const { pages } = arrange({ stage: size, order, own: ME, spotlit, page: 0 });
        for (let page = 0; page < pages; page += 1) {
          const found = arrange({ stage: size, order, own: ME, spotlit, page });
          const laid = [...found.boxes].filter(([id]) => id !== found.corner).map(([, box]) => box);
          const all = found.pager ? [...laid, found.pager] : laid;
          expect([...boxesOf(found), ...all].every((box) => within(box, size))).toBe(true);
          expect(allApart(all)).toBe(true);
          expect(found.pager !== null).toBe(pages > 1);
          for (const id of found.boxes.keys()) seen.add(id);
        }
        expect([...seen].sort()).toEqual([...order].sort());
      }),
    );
  });

  it("makes no tile of a grid smaller than a face needs, nor of an odd shape", () => {
    fc.assert(
      fc.property(count, stage, (n, size) => {
        const found = arrange({ stage: size, order: people(n), own: ME, spotlit: null, page: 0 });
        const narrowest = size.height > size.width ? UPRIGHT : CLASSIC;
        for (const [id, box] of found.boxes) {
          if (id === found.corner) continue;
          expect(box.width).toBeGreaterThanOrEqual(MIN_TILE.width - ROUNDING_PX);
          expect(box.height).toBeGreaterThanOrEqual(MIN_TILE.height - ROUNDING_PX);
          expect(box.width / box.height).toBeGreaterThanOrEqual(narrowest - ROUNDING_PX);
          expect(box.width / box.height).toBeLessThanOrEqual(WIDE + ROUNDING_PX);
        }
      }),
    );
  });

  it("gives a tile of the spotlight at least six tenths of the stage", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: MAX_PEOPLE }), stage, (n, size) => {
        const order = people(n);
        const main = arrange({ stage: size, order, own: ME, spotlit: "p1", page: 0 }).boxes.get("p1");
        expect(((main?.width ?? 0) * (main?.height ?? 0)) / (size.width * size.height)).toBeGreaterThanOrEqual(0.6);
      }),
    );
  });

  it.each([
    [DESKTOP, 49, 1],
    [TABLET, 49, 1],
    [SIDEWAYS, 9, 1],
    [PHONE, 9, 1],
    [PHONE, 49, 3],
    [SIDEWAYS, 49, 5],
  ])("on %o shows %i tiles on %i pages", (size, n, pages) => {
    const found = arrange({ stage: size, order: people(n), own: ME, spotlit: null, page: 0 });
    expect(found.pages).toBe(pages);
  });

  it("fills the pages evenly", () => {
    const on = (page: number) => arrange({ stage: PHONE, order: people(25), own: ME, spotlit: null, page }).boxes.size;
    expect([on(0), on(1)]).toEqual([13, 12]);
  });

  it("puts the own picture into a corner beside one or two others", () => {
    for (const n of [2, 3]) {
      const found = arrange({ stage: DESKTOP, order: people(n), own: ME, spotlit: null, page: 0 });
      const own = found.boxes.get(ME);
      expect(found.corner).toBe(ME);
      expect(own?.width).toBeLessThan(DESKTOP.width / 4);
      expect((own?.left ?? 0) + (own?.width ?? 0)).toBeCloseTo(DESKTOP.width - GAP_PX);
    }
    expect(arrange({ stage: DESKTOP, order: people(4), own: ME, spotlit: null, page: 0 }).corner).toBeNull();
  });

  it("shows the last page when the one asked for is gone", () => {
    const found = arrange({ stage: PHONE, order: people(25), own: ME, spotlit: null, page: 9 });
    expect(found.page).toBe(found.pages - 1);
    expect(found.boxes.size).toBeGreaterThan(0);
  });
});

describe("the order of tiles", () => {
  it("keeps places, appends newcomers and leads with the own tile", () => {
    expect(updated(["me", "ada", "ben"], ["cy", "ben", "me"], "me")).toEqual(["me", "ben", "cy"]);
    expect(updated([], ["ada", "me"], "me")).toEqual(["me", "ada"]);
  });

  it("brings a speaker to the first page, in place of the one who has been silent longest", () => {
    const order = ["me", "a", "b", "c", "d"];
    const spokeAt = new Map([
      ["a", 5],
      ["b", 9],
    ]);
    expect(promoted(order, 3, new Set(["d"]), spokeAt)).toEqual(["me", "d", "b", "c", "a"]);
    expect(promoted(order, 3, new Set(["a", "d"]), spokeAt)).toEqual(["me", "a", "d", "c", "b"]);
    expect(promoted(order, 3, new Set(["b"]), spokeAt)).toEqual(order);
  });

  it("never loses or doubles a tile, nor moves the own one, and shows as many speakers as fit", () => {
    const some = fc.subarray(people(MAX_PEOPLE).slice(1));
    fc.assert(
      fc.property(count, fc.integer({ min: 1, max: 20 }), some, (n, firstPage, talking) => {
        const order = people(n);
        const speaking = new Set(talking.filter((id) => order.includes(id)));
        const found = promoted(order, firstPage, speaking, new Map());
        expect([...found].sort()).toEqual([...order].sort());
        expect(found[0]).toBe(ME);
        const shown = found.slice(0, firstPage).filter((id) => speaking.has(id)).length;
        expect(shown).toBe(Math.min(speaking.size, Math.min(firstPage, n) - 1));
      }),
    );
  });
});

describe("the tile that is large", () => {
  const present = ["me", "ada", "ben", "screen"];
  const calm = { present, pinned: null, screens: [], view: "grid", speaker: null } as const;

  it.each([
    ["nobody in the grid", {}, null],
    ["the pinned one before all", { pinned: "ben", screens: ["screen"], view: "speaker", speaker: "ada" }, "ben"],
    ["the newest screen", { screens: ["ada", "screen"], view: "speaker", speaker: "ben" }, "screen"],
    ["the speaker in the speaker view", { view: "speaker", speaker: "ada" }, "ada"],
    ["not the speaker in the grid", { speaker: "ada" }, null],
    ["not a pinned one who has left", { pinned: "gone" }, null],
  ] as const)("is %s", (_, change, expected) => {
    expect(spotlitOf({ ...calm, ...change })).toBe(expected);
  });
});
