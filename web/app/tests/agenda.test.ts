import { describe, expect, it } from "vitest";
import type { ListedMeeting } from "../src/api/functions";
import { agendaOf, isReopenable, statusOf, timeOf } from "../src/home/agenda";
import { fieldsOf, nextHour, planOf, zoneInWords } from "../src/home/plan";

const ZONE = "Europe/Berlin";
const at = (text: string) => Date.parse(`${text}+02:00`);
const NOW = at("2026-06-15T12:00");

function meeting(_id: string, rest: Partial<ListedMeeting>): ListedMeeting {
  return {
    _id,
    title: _id,
    state: "scheduled",
    createdAt: at("2026-06-01T09:00"),
    updatedAt: at("2026-06-01T09:00"),
    userRole: "host",
    userPresence: "invited",
    ...rest,
  };
}

const titles = (meetings: ListedMeeting[]) => meetings.map(({ title }) => title);

describe("the agenda", () => {
  it("puts meetings that run, are due or a little late under today, and keeps the order", () => {
    const coming = [
      meeting("runs", { state: "active" }),
      meeting("late", { scheduledAt: at("2026-06-14T23:00") }),
      meeting("tonight", { scheduledAt: at("2026-06-15T23:59") }),
      meeting("tomorrow", { scheduledAt: at("2026-06-16T00:00") }),
      meeting("cancelled", { state: "cancelled", scheduledAt: at("2026-06-20T10:00") }),
      meeting("missed", { scheduledAt: at("2026-06-14T11:00") }),
      meeting("never timed", {}),
    ];
    const { today, upcoming, missed } = agendaOf(coming, NOW, ZONE);
    expect(titles(today)).toEqual(["runs", "late", "tonight"]);
    expect(titles(upcoming)).toEqual(["tomorrow", "cancelled"]);
    expect(titles(missed)).toEqual(["missed", "never timed"]);
  });

  it.each([
    [{ state: "active" }, "In progress"],
    [{ state: "concluded" }, "Ended"],
    [{ state: "concluded", reopenableUntil: NOW + 1 }, "Everybody left"],
    [{ state: "concluded", reopenableUntil: NOW }, "Ended"],
    [{ state: "cancelled" }, "Cancelled"],
    [{ state: "scheduled", scheduledAt: NOW - 1 }, "Not started yet"],
    [{ state: "scheduled", scheduledAt: NOW + 1 }, undefined],
  ] as const)("tells %o as %s", (facts, words) => {
    expect(statusOf(meeting("m", facts), NOW)?.words).toBe(words);
  });

  it("reopens only ended meetings, and only in time", () => {
    expect(isReopenable(meeting("m", { state: "concluded", reopenableUntil: NOW + 1 }), NOW)).toBe(true);
    expect(isReopenable(meeting("m", { state: "active", reopenableUntil: NOW + 1 }), NOW)).toBe(false);
    expect(isReopenable(meeting("m", { state: "concluded" }), NOW)).toBe(false);
  });

  it("tells when a meeting really was, once it is over", () => {
    const times = { scheduledAt: at("2026-06-15T10:00"), startedAt: at("2026-06-15T10:07") };
    expect(timeOf(meeting("m", { ...times, state: "concluded" }))).toBe(times.startedAt);
    expect(timeOf(meeting("m", { ...times, state: "active" }))).toBe(times.scheduledAt);
  });
});

describe("a plan", () => {
  const plan = (day: string, time: string, later = false, now = NOW) =>
    planOf({ day, time }, later, now, ZONE, "en-US");

  it("is the moment at which the clocks show its time", () => {
    expect(plan("2026-06-16", "09:30")).toEqual({
      at: at("2026-06-16T09:30"),
      problem: null,
      choices: [],
      instead: null,
    });
  });

  it.each([
    ["", "09:30", /Choose a day/],
    ["2026-06-16", "", /Choose a day/],
    ["2026-06-15", "11:59", /has passed/],
    ["2027-06-30", "09:30", /more than a year/],
  ])("of %s %s says what to correct", (day, time, problem) => {
    expect(plan(day, time)).toMatchObject({ at: null, problem: expect.stringMatching(problem) });
  });

  it("offers the next moment for a time that does not exist", () => {
    const spring = plan("2027-03-28", "02:30");
    expect(spring).toMatchObject({ at: null, problem: expect.stringMatching(/does not exist/) });
    expect(spring.instead).toEqual({ day: "2027-03-28", time: "03:00", words: "3:00 AM GMT+2" });
  });

  it("lets people choose between the two moments of a time that exists twice", () => {
    const first = Date.parse("2026-10-25T02:30+02:00");
    const second = Date.parse("2026-10-25T02:30+01:00");
    expect(plan("2026-10-25", "02:30")).toMatchObject({
      at: first,
      problem: null,
      choices: [
        { at: first, words: "The first one, UTC+2" },
        { at: second, words: "The second one, UTC+1" },
      ],
    });
    expect(plan("2026-10-25", "02:30", true).at).toBe(second);
    expect(plan("2026-10-25", "02:30", true, first + 1).at).toBe(second);
  });

  it("begins with the next full hour, as its zone shows it", () => {
    expect(nextHour(NOW)).toBe(at("2026-06-15T13:00"));
    expect(nextHour(NOW - 1)).toBe(NOW);
    expect(fieldsOf(NOW, ZONE)).toEqual({ day: "2026-06-15", time: "12:00" });
    expect(fieldsOf(NOW, "Asia/Kolkata")).toEqual({ day: "2026-06-15", time: "15:30" });
  });

  it("names the zone with its difference at that time", () => {
    expect(zoneInWords(NOW, ZONE, "en-US")).toBe("Central European Summer Time (GMT+2)");
    expect(zoneInWords(at("2026-12-15T12:00"), ZONE, "en-US")).toBe("Central European Standard Time (GMT+1)");
  });
});
