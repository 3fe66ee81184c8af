import { describe, expect, it } from "vitest";
import { cameToNothing, metInWords, nothingInWords, topicsInWords } from "../src/matching/outcome";
import { agreedInWords, offered, timeLeft, utcOffset, WEEK_MS } from "../src/matching/time";
import { MOST_WISHES, withoutWish, withWish } from "../src/matching/wishes";

const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;

describe("the time that is offered", () => {
  it("begins now or within a week", () => {
    expect(offered(NOW, 2, NOW)).toEqual({ from: NOW, to: NOW + 2 * HOUR });
    expect(offered(NOW - 120_000, 2, NOW)).toBeNull();
    expect(offered(NOW + WEEK_MS - HOUR, 2, NOW)).toBeNull();
    expect(offered(NOW + WEEK_MS - 2 * HOUR, 2, NOW)).not.toBeNull();
  });

  it("is left as a clock when it is short, and in words when it is long", () => {
    expect(timeLeft(NOW + 95_000, NOW)).toBe("1:35");
    expect(timeLeft(NOW - 5, NOW)).toBe("0:00");
    expect(timeLeft(NOW + 12 * HOUR, NOW)).toBe("12 h");
  });

  it("is now when it has begun, and a day and a time before", () => {
    expect(agreedInWords(NOW - HOUR, NOW)).toBe("You can start now.");
    expect(agreedInWords(NOW + 60_000, NOW)).toBe("You can start now.");
    expect(agreedInWords(NOW + HOUR, NOW)).toMatch(/^Both agreed\. On .+\d.+\.$/);
  });

  it("has an offset that is positive in the east", () => {
    expect(utcOffset({ getTimezoneOffset: () => -120 } as Date)).toBe(120);
    expect(Object.is(utcOffset({ getTimezoneOffset: () => 0 } as Date), 0)).toBe(true);
  });
});

describe("a list of wishes", () => {
  it("holds each wish once, whatever its case and spaces", () => {
    expect(withWish(["Machine Learning"], " machine-learning ")).toEqual(["Machine Learning"]);
    expect(withWish(["Jazz"], "  Hard   Bop ")).toEqual(["Jazz", "Hard Bop"]);
    expect(withWish([], "   ")).toEqual([]);
  });

  it("is bounded, and gives wishes back", () => {
    const full = Array.from({ length: MOST_WISHES }, (_, place) => `wish ${place}`);
    expect(withWish(full, "one more")).toEqual(full);
    expect(withoutWish(["Jazz", "Chess"], "jazz")).toEqual(["Chess"]);
  });
});

describe("the end of a match", () => {
  const shown = { state: "proposed", entryId: "e1" } as const;

  it("is said of a proposal that is gone, until there is another match or entry", () => {
    expect(cameToNothing(shown, null, { _id: "e1" })).toBe(true);
    expect(cameToNothing(shown, null, null)).toBe(true);
    expect(cameToNothing(shown, { matchId: "m2" }, { _id: "e1" })).toBe(false);
    expect(cameToNothing(shown, null, { _id: "e2" })).toBe(false);
    expect(cameToNothing({ ...shown, state: "confirmed" }, null, null)).toBe(false);
    expect(cameToNothing(null, null, { _id: "e1" })).toBe(false);
  });

  it("is said without a word on who said no", () => {
    expect(nothingInWords(true)).toBe("That meeting did not come about. We keep looking.");
    expect(nothingInWords(false)).toBe("That meeting did not come about.");
  });

  it("has its topics, of which a few are named", () => {
    expect(topicsInWords(["Chess"])).toBe("Chess");
    expect(topicsInWords(["Chess", "Jazz", "Tea", "Ships", "Maps"])).toBe("Chess, Jazz, Tea and 2 more");
  });

  it("is counted among the last ones", () => {
    const past = [{ outcome: "completed" }, { outcome: "declined" }] as const;
    expect(metInWords([...past])).toBe("Your last 2 matches: 1 came to a meeting.");
    expect(metInWords(past.slice(1))).toBe("Your last match: it came to no meeting.");
    expect(metInWords(past.slice(0, 1))).toBe("Your last match: it came to a meeting.");
  });
});
