import { describe, expect, it } from "vitest";
import { attendees, durationMs, verdictOf } from "../src/after/summary";
import type { Member } from "../src/api";
import { hostedBy, whoIsIn } from "../src/lobby/words";

function member(name: string, times: Partial<Member>): Member {
  const user = { _id: name, displayName: name };
  return { _id: name, userId: name, role: "participant", presence: "left", user, webrtcConnected: false, ...times };
}

describe("the time that a meeting took", () => {
  it("runs from the first who came to the last who left", () => {
    const members = [
      member("Ben", { joinedAt: 200, leftAt: 900 }),
      member("Ada", { joinedAt: 100, leftAt: 500 }),
      member("Cy", {}),
    ];
    expect(durationMs(members)).toBe(800);
    expect(attendees(members).map(({ userId }) => userId)).toEqual(["Ada", "Ben"]);
  });

  it.each([
    ["nobody came", [member("Cy", {})]],
    ["somebody is in", [member("Ada", { joinedAt: 100, leftAt: 500 }), member("Ben", { joinedAt: 200 })]],
    ["somebody came back", [member("Ada", { joinedAt: 600, leftAt: 500 })]],
  ])("is not told while %s", (_, members) => {
    expect(durationMs(members)).toBeNull();
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
});
