import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { length } from "../src/ui/time";
import {
  clockInZone,
  dayInWords,
  instantOf,
  localText,
  localZone,
  offsetInWords,
  whenInWords,
} from "../src/ui/wallClock";

const MINUTE_MS = 60_000;
const BERLIN = "Europe/Berlin";
const SAO_PAULO = "America/Sao_Paulo";
const KATHMANDU = "Asia/Kathmandu";
const LORD_HOWE = "Australia/Lord_Howe";
const CASABLANCA = "Africa/Casablanca";
const APIA = "Pacific/Apia";
const ZONES = [BERLIN, SAO_PAULO, KATHMANDU, LORD_HOWE, CASABLANCA, APIA, "UTC", "America/St_Johns", "Asia/Tehran"];
const SINCE = Date.UTC(1995, 0);
const UNTIL = Date.UTC(2037, 0);

const zones = fc.constantFrom(...ZONES);
const minutes = fc.integer({ min: SINCE / MINUTE_MS, max: UNTIL / MINUTE_MS }).map((minute) => minute * MINUTE_MS);
const utc = (text: string) => Date.parse(`${text}Z`);

describe("A typed time", () => {
  it.each([
    [BERLIN, "2026-01-15T10:30", "2026-01-15T09:30", 60],
    [BERLIN, "2026-07-15T10:30", "2026-07-15T08:30", 120],
    [KATHMANDU, "2026-07-15T10:30", "2026-07-15T04:45", 345],
    [LORD_HOWE, "2026-07-15T10:30", "2026-07-15T00:00", 630],
    [SAO_PAULO, "2026-07-15T10:30", "2026-07-15T13:30", -180],
    [CASABLANCA, "2025-03-10T10:30", "2025-03-10T10:30", 0],
    ["UTC", "2028-02-29T23:59", "2028-02-29T23:59", 0],
    [BERLIN, "2028-02-29T00:00", "2028-02-28T23:00", 60],
    [BERLIN, "2026-03-29T01:59", "2026-03-29T00:59", 60],
    [BERLIN, "2026-03-29T03:00", "2026-03-29T01:00", 120],
    [BERLIN, "2026-01-15 10:30:15.5", "2026-01-15T09:30:15.500", 60],
  ])("in %s, %s is one instant", (zone, text, at, offset) => {
    expect(instantOf(text, zone)).toEqual({ kind: "once", at: utc(at), offset });
  });

  it.each([
    [BERLIN, "2026-03-29T02:30", "2026-03-29T01:00", "2026-03-29T03:00"],
    [BERLIN, "2026-03-29T02:00", "2026-03-29T01:00", "2026-03-29T03:00"],
    [SAO_PAULO, "2018-11-04T00:30", "2018-11-04T03:00", "2018-11-04T01:00"],
    [LORD_HOWE, "2026-10-04T02:15", "2026-10-03T15:30", "2026-10-04T02:30"],
    [CASABLANCA, "2025-04-06T02:30", "2025-04-06T02:00", "2025-04-06T03:00"],
    [APIA, "2011-12-30T12:00", "2011-12-30T10:00", "2011-12-31T00:00"],
  ])("in %s, %s does not exist, and the clocks go on at %s UTC", (zone, text, next, shown) => {
    const found = instantOf(text, zone);
    expect(found).toMatchObject({ kind: "skipped", next: { at: utc(next) } });
    expect(localText(utc(next), zone)).toBe(shown);
  });

  it.each([
    [BERLIN, "2026-10-25T02:30", "2026-10-25T00:30", 120, "2026-10-25T01:30", 60],
    [SAO_PAULO, "2018-02-17T23:30", "2018-02-18T01:30", -120, "2018-02-18T02:30", -180],
    [LORD_HOWE, "2026-04-05T01:45", "2026-04-04T14:45", 660, "2026-04-04T15:15", 630],
    [CASABLANCA, "2025-02-23T02:30", "2025-02-23T01:30", 60, "2025-02-23T02:30", 0],
  ])("in %s, %s exists twice", (zone, text, early, summer, late, winter) => {
    expect(instantOf(text, zone)).toEqual({
      kind: "twice",
      first: { at: utc(early), offset: summer },
      second: { at: utc(late), offset: winter },
    });
  });

  it.each([
    "",
    "tomorrow",
    "2026-02-29T10:00",
    "2026-13-01T10:00",
    "2026-00-10T10:00",
    "2026-01-00T10:00",
    "2026-01-32T10:00",
    "2026-01-15T24:00",
    "2026-01-15T10:60",
    "2026-01-15T10:30:60",
    "2026-01-15T10:30Z",
    "2026-01-15",
    "26-01-15T10:30",
    "275760-09-13T00:00",
    "999999-01-01T00:00",
    "٢٠٢٦-٠١-١٥T١٠:٣٠",
  ])("that is none is told: %j", (text) => {
    expect(instantOf(text, BERLIN)).toEqual({ kind: "invalid" });
  });

  it("counts in the browser's zone unless told otherwise", () => {
    expect(instantOf("2026-01-15T10:30")).toEqual(instantOf("2026-01-15T10:30", localZone()));
  });

  it("in an unknown zone is an error", () => {
    expect(() => instantOf("2026-01-15T10:30", "Mars/Olympus")).toThrow(RangeError);
  });

  it("means the instant whose text it is", () => {
    fc.assert(
      fc.property(minutes, zones, (at, zone) => {
        const found = instantOf(localText(at, zone), zone);
        if (found.kind === "twice") expect([found.first.at, found.second.at]).toContain(at);
        else expect(found).toMatchObject({ kind: "once", at });
      }),
    );
  });

  it("is shown by its instants, or lies in a gap of the clocks", () => {
    fc.assert(
      fc.property(minutes, zones, (wall, zone) => {
        const text = new Date(wall).toISOString().slice(0, 16);
        const found = instantOf(text, zone);
        if (found.kind === "invalid") throw new Error(`${text} is valid`);
        if (found.kind === "skipped") {
          expect(localText(found.next.at, zone) > text).toBe(true);
          expect(localText(found.next.at - MINUTE_MS, zone) < text).toBe(true);
        } else {
          const instants = found.kind === "once" ? [found] : [found.first, found.second];
          for (const { at } of instants) expect(localText(at, zone)).toBe(text);
        }
      }),
    );
  });

  it("survives any text", () => {
    fc.assert(
      fc.property(fc.string(), zones, (text, zone) => {
        expect(["once", "skipped", "twice", "invalid"]).toContain(instantOf(text, zone).kind);
      }),
    );
  });
});

describe("A length", () => {
  it.each([
    [20_000, "less than a minute"],
    [MINUTE_MS, "1 minute"],
    [10 * MINUTE_MS, "10 minutes"],
    [60 * MINUTE_MS, "1 h"],
    [90 * MINUTE_MS, "1 h 30 min"],
  ])("is said in words: %d ms", (ms, words) => {
    expect(length(ms)).toBe(words);
  });
});

describe("A shown time", () => {
  const now = utc("2026-06-10T22:30"); // half past midnight on the 11th in Berlin

  it.each([
    ["2026-06-11T08:00", BERLIN, "today"],
    ["2026-06-11T08:00", "UTC", "tomorrow"],
    ["2026-06-12T08:00", BERLIN, "tomorrow"],
    ["2026-06-10T20:00", BERLIN, "yesterday"],
    ["2026-06-12T21:59", BERLIN, "tomorrow"],
    ["2026-06-12T22:00", BERLIN, "Sat, Jun 13"],
    ["2027-06-12T08:00", BERLIN, "Sat, Jun 12, 2027"],
  ])("has its day in words: %s in %s is %s", (at, zone, words) => {
    expect(dayInWords(utc(at), now, zone, "en-US")).toBe(words);
  });

  it("counts days by the calendar, also over a change of the clocks", () => {
    const eve = instantOf("2026-10-24T23:50", BERLIN);
    const night = instantOf("2026-10-25T23:50", BERLIN);
    if (eve.kind !== "once" || night.kind !== "once") throw new Error("both exist once");
    expect(night.at - eve.at).toBe(25 * 60 * MINUTE_MS);
    expect(dayInWords(night.at, eve.at, BERLIN)).toBe("tomorrow");
  });

  it("names its zone", () => {
    expect(clockInZone(utc("2026-06-11T08:00"), BERLIN, "en-GB")).toBe("10:00 CEST");
    expect(clockInZone(utc("2026-06-11T08:00"), KATHMANDU, "en-GB")).toBe("13:45 GMT+5:45");
    expect(whenInWords(utc("2026-06-12T08:00"), now, BERLIN, "en-GB")).toBe("tomorrow, 10:00 CEST");
  });

  it.each([
    [0, "UTC"],
    [60, "UTC+1"],
    [-180, "UTC−3"],
    [345, "UTC+5:45"],
    [-150, "UTC−2:30"],
    [630, "UTC+10:30"],
  ])("has an offset in words: %d", (offset, words) => {
    expect(offsetInWords(offset)).toBe(words);
  });
});
