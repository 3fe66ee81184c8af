import { describe, expect, it } from "vitest";
import type { Attendee } from "../src/api/functions";
import { attendanceInWords, durationMs, verdictOf } from "../src/meeting/callRecord";
import { hostedBy, transcriptsGoTo, whoIsIn } from "../src/meeting/lobbyText";
import { clock } from "../src/ui/time";

const MINUTE = 60_000;
/** Half past nine, so that minutes are easy to read. */
const NINE = new Date(2026, 10, 30, 9, 30).getTime();

function attendee(name: string, times: Partial<Attendee>): Attendee {
  const user = { _id: name, displayName: name };
  return { userId: name, user, cameAt: NINE, stayedMs: 0, ...times };
}

describe("the time that a meeting took", () => {
  it("runs from the first who came to the last who left", () => {
    const there = [attendee("Ben", { cameAt: 200, leftAt: 900 }), attendee("Ada", { cameAt: 100, leftAt: 500 })];
    expect(durationMs(there)).toBe(800);
  });

  it.each([
    ["nobody came", []],
    ["somebody is in", [attendee("Ada", { cameAt: 100, leftAt: 500 }), attendee("Ben", { since: 200 })]],
    ["somebody came back", [attendee("Ada", { cameAt: 100, leftAt: 500, since: 600, stayedMs: 400 })]],
  ])("is not told while %s", (_, there) => {
    expect(durationMs(there)).toBeNull();
  });
});

describe("the time that a person was in the call", () => {
  const at = (minutes: number) => NINE + minutes * MINUTE;
  it.each([
    ["one stay", { leftAt: at(12), stayedMs: 12 * MINUTE }, `Joined at ${clock(NINE)}, stayed 12 minutes`],
    [
      "a reload in between",
      { leftAt: at(12), stayedMs: 12 * MINUTE - 4_000 },
      `Joined at ${clock(NINE)}, stayed 12 minutes`,
    ],
    [
      "two stays",
      { leftAt: at(50), stayedMs: 15 * MINUTE },
      `Joined at ${clock(NINE)}, in the call for 15 minutes in total`,
    ],
    ["a stay that goes on", { since: NINE }, `In the call since ${clock(NINE)}`],
    [
      "a second stay that goes on",
      { leftAt: at(10), since: at(20), stayedMs: 10 * MINUTE },
      `Joined at ${clock(NINE)}, back in the call since ${clock(at(20))}, 10 minutes before that`,
    ],
  ])("after %s is told whole", (_, times, words) => {
    expect(attendanceInWords(attendee("Ada", times))).toBe(words);
  });
});

describe("the verdict on a connection", () => {
  const fine = { bitrate: 500_000, packetLoss: 0, latency: 20, jitter: 3 };
  it.each([
    [fine, "good", /^$/],
    [{ ...fine, packetLoss: 2, latency: 150, jitter: 30 }, "good", /^$/],
    [{ ...fine, packetLoss: 3 }, "fair", /lost/],
    [{ ...fine, latency: 200 }, "fair", /late/],
    [{ ...fine, jitter: 40 }, "fair", /stuttered/],
    [{ ...fine, latency: 200, packetLoss: 8 }, "bad", /lost/],
    [{ ...fine, latency: 900, packetLoss: 3 }, "bad", /late/],
  ] as const)("of %o is %s", (sample, tone, more) => {
    const verdict = verdictOf(sample);
    expect(verdict.tone).toBe(tone);
    expect(verdict.more).toMatch(more);
  });
});

describe("the lobby", () => {
  it.each([
    [[], "Nobody is in the call yet."],
    [["Ada"], "Ada is in the call."],
    [["Ada", "Ben"], "Ada and Ben are in the call."],
    [["Ada", "Ben", "Cy"], "Ada, Ben and Cy are in the call."],
    [["Ada", "Ben", "Cy", "Di"], "Ada, Ben and 2 others are in the call."],
  ])("says of %o: %s", (names, words) => {
    expect(whoIsIn(names)).toBe(words);
  });

  it("names the hosts, if there are any", () => {
    expect(hostedBy([])).toBe("");
    expect(hostedBy(["you", "Ben"])).toBe("Hosted by you and Ben");
  });

  it("names the model that transcripts go to, if there is one", () => {
    expect(transcriptsGoTo(undefined)).toBe("");
    expect(transcriptsGoTo("ll\u202eama-9")).toBe(
      "Transcripts go to the language model llama-9, which writes reports here.",
    );
  });
});
