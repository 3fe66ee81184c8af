import { describe, expect, it } from "vitest";
import { budgetLeft, evenly, ms, percent, polylines, roundedUp } from "../src/admin/figures";

describe("figures of the console", () => {
  it("shows durations in the unit that suits them", () => {
    expect([0.64, 12.4, 999, 1_500].map(ms)).toEqual(["0.6 ms", "12 ms", "999 ms", "1.5 s"]);
  });

  it("never rounds nearly all to all", () => {
    expect([100, 99.999, 99.9, 50, 0].map(percent)).toEqual(["100 %", "99.99 %", "99.90 %", "50.0 %", "0 %"]);
  });

  it("spends an error budget between the target and all", () => {
    expect(budgetLeft(99, 100)).toBe(100);
    expect(budgetLeft(99, 99.5)).toBeCloseTo(50);
    expect(budgetLeft(99, 98)).toBe(0);
  });

  it("leaves a gap where nothing was measured", () => {
    const buckets = [
      { timestamp: 0, value: 5 },
      { timestamp: 60, value: 10 },
      { timestamp: 180, value: 10 },
    ];
    const values = evenly(buckets, 60, (bucket) => bucket.value);
    expect(values).toEqual([5, 10, null, 10]);
    expect(polylines(values, 10, 30, 10)).toEqual(["0.0,5.0 10.0,0.0", "30.0,0.0"]);
    expect(evenly([], 60, () => 0)).toEqual([]);
    expect(polylines([], 10, 30, 10)).toEqual([]);
  });

  it("ends an axis at a round number", () => {
    expect([0, 0.7, 3, 42, 500, 501].map(roundedUp)).toEqual([1, 1, 5, 50, 500, 1_000]);
  });
});
