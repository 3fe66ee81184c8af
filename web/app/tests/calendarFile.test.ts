import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calendarFile, escapeText, fileName, fold, utc } from "../src/home/calendarFile";

const ENTRY = {
  uid: "m1@meet.example.org",
  title: "Planning; costs, and \\ more",
  link: "https://meet.example.org/j/abc",
  startsAt: Date.UTC(2026, 0, 31, 9, 0, 0),
  endsAt: Date.UTC(2026, 0, 31, 9, 30, 0),
  madeAt: Date.UTC(2026, 0, 1, 0, 0, 5),
};

const octets = (text: string) => new TextEncoder().encode(text).length;
const unfold = (file: string) => file.replaceAll("\r\n ", "");

describe("a calendar file", () => {
  it("holds the meeting with times in UTC", () => {
    expect(calendarFile(ENTRY).split("\r\n")).toEqual([
      "BEGIN:VCALENDAR",
      "VERSION:2.0",
      "PRODID:-//connvo//connvo//EN",
      "METHOD:PUBLISH",
      "BEGIN:VEVENT",
      "UID:m1@meet.example.org",
      "DTSTAMP:20260101T000005Z",
      "DTSTART:20260131T090000Z",
      "DTEND:20260131T093000Z",
      "SUMMARY:Planning\\; costs\\, and \\\\ more",
      "DESCRIPTION:Join the meeting: https://meet.example.org/j/abc",
      "LOCATION:https://meet.example.org/j/abc",
      "URL:https://meet.example.org/j/abc",
      "END:VEVENT",
      "END:VCALENDAR",
      "",
    ]);
  });

  it("is told the same moment in summer and in winter", () => {
    expect(utc(Date.parse("2026-07-01T09:30:00+02:00"))).toBe("20260701T073000Z");
    expect(utc(Date.parse("2026-12-01T09:30:00+01:00"))).toBe("20261201T083000Z");
  });

  it("cannot be added to by a title", () => {
    const title = "Tea\r\nEND:VEVENT\nBEGIN:VEVENT\rSUMMARY:other\u2028X:1\u0000";
    const lines = unfold(calendarFile({ ...ENTRY, title })).split("\r\n");
    expect(lines.filter((line) => line.startsWith("BEGIN:VEVENT"))).toHaveLength(1);
    expect(lines).toContain("SUMMARY:Tea\\nEND:VEVENT\\nBEGIN:VEVENT\\nSUMMARY:other\\nX:1");
  });

  it("has no line above 75 octets, and every title comes back whole", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (title) => {
        const file = calendarFile({ ...ENTRY, title });
        for (const line of file.split("\r\n")) expect(octets(line)).toBeLessThanOrEqual(75);
        expect(unfold(file).split("\r\n")).toContain(`SUMMARY:${escapeText(title)}`);
      }),
    );
  });

  it("breaks a line exactly after 75 octets, and never within a character", () => {
    expect(fold("x".repeat(75))).toEqual(["x".repeat(75)]);
    expect(fold("x".repeat(76))).toEqual(["x".repeat(75), " x"]);
    expect(fold(`${"x".repeat(73)}会議`)).toEqual(["x".repeat(73), " 会議"]);
  });
});

describe("the name of the file", () => {
  it.each([
    ["Planning", "Planning.ics"],
    ["A/B: costs? <all>", "A B costs all.ics"],
    ["../../etc/passwd", "etc passwd.ics"],
    ["  ...  ", "meeting.ics"],
    ["W".repeat(200), `${"W".repeat(60)}.ics`],
  ])("for %s is %s", (title, name) => {
    expect(fileName(title)).toBe(name);
  });
});
