import { describe, expect, test } from "vitest";
import {
  CONNECT_WITHIN_MS,
  DOUBTFUL_SAMPLES,
  diagnose,
  GIVE_WAY_MS,
  Liveness,
  overdue,
  REPLY_MS,
  SILENCE_MS,
  SILENT_SAMPLES,
  SPARSE_SAMPLES,
  UNANSWERED_MS,
} from "../src/monitor/silence";
import { readStats, sample } from "../src/monitor/stats";
import type { StatsSnapshot } from "../src/types";

/** What has come, and what has been asked; left out where a browser does not count it. */
type Seen = { at: number; packets?: number; checks?: number; asked?: number; state?: RTCPeerConnectionState };

function lookOf({ at, packets, checks, asked, state = "connected" }: Seen): StatsSnapshot {
  const pair = { responsesReceived: checks, requestsSent: asked };
  const entries = [
    ["t", { type: "transport", selectedCandidatePairId: "p", packetsReceived: packets }],
    ["p", { type: "candidate-pair", ...pair }],
  ] as [string, unknown][];
  return { ...readStats(entries, at), state };
}

function pulseOf(...looks: Seen[]): Liveness {
  const pulse = new Liveness();
  for (const seen of looks) pulse.note(lookOf(seen));
  return pulse;
}

/** As many looks that see the same. */
function looks(count: number, seen: Seen): Seen[] {
  return Array.from({ length: count }, () => seen);
}

/** Media that came at every look. */
const FLOW: Seen[] = Array.from({ length: SILENT_SAMPLES + 1 }, (_, at) => ({
  at,
  packets: at + 1,
  checks: 1,
  asked: 1,
}));
const STILL: Seen = { at: SILENT_SAMPLES + 1, packets: SILENT_SAMPLES + 1, checks: 1, asked: 1 };
/** Nothing but checks. */
const ALONE: Seen[] = [
  { at: -2_500, checks: 1, asked: 1 },
  { at: 0, checks: 2, asked: 2 },
];

describe("a connection that once worked", () => {
  test("is fine while packets arrive", () => {
    const pulse = pulseOf({ at: 0, packets: 1, checks: 1 }, { at: 9_000, packets: 2, checks: 1 });
    expect(diagnose("connected", pulse, 9_500)).toBeNull();
  });

  test("is fine while nobody sends anything, as long as checks are answered", () => {
    const pulse = pulseOf({ at: 0, packets: 1, checks: 1 }, { at: 60_000, packets: 1, checks: 25 });
    for (const seen of looks(SILENT_SAMPLES, { at: 60_000, packets: 1, checks: 25, asked: 26 }))
      pulse.note(lookOf(seen));
    expect(diagnose("connected", pulse, 60_000 + SILENCE_MS + 500)).toBeNull();
  });

  test("is dead as soon as media that flowed have stopped for too long", () => {
    const quiet = looks(SILENT_SAMPLES, STILL);
    const pulse = pulseOf(...FLOW, ...quiet.slice(0, DOUBTFUL_SAMPLES - 1));
    expect(pulse.doubtful).toBe(false);
    for (const seen of quiet.slice(DOUBTFUL_SAMPLES - 1)) pulse.note(lookOf(seen));
    expect(pulse.doubtful).toBe(true);
    expect(diagnose("connected", pulse, SILENT_SAMPLES + SILENCE_MS)).toBeNull();
    expect(diagnose("connected", pulse, SILENT_SAMPLES + SILENCE_MS + 1)?.errorType).toBe("ice_failed");
    expect(diagnose("connected", pulse, SILENT_SAMPLES + SILENCE_MS + 1, GIVE_WAY_MS)).toBeNull();
    pulse.note(lookOf({ ...STILL, checks: 2 }));
    for (const seen of quiet) pulse.note(lookOf({ ...seen, checks: 2 }));
    expect(diagnose("connected", pulse, SILENT_SAMPLES + SILENCE_MS + 1)).toBeNull();
  });

  test("is not dead when media come too seldom to be missed", () => {
    const seldom = [1, 2, 3].flatMap((nth) =>
      looks(SPARSE_SAMPLES + 1, { ...STILL, packets: SILENT_SAMPLES + 1 + nth }),
    );
    const pulse = pulseOf(
      ...FLOW,
      ...seldom,
      { ...STILL, packets: 99 },
      ...looks(SILENT_SAMPLES, { ...STILL, packets: 99 }),
    );
    expect(diagnose("connected", pulse, SILENT_SAMPLES + SILENCE_MS + 1)).toBeNull();
  });

  test("is dead when a check that was sent is not answered, whatever the browser says", () => {
    const pulse = pulseOf(...ALONE, ...looks(SILENT_SAMPLES, { at: 2_500, checks: 2, asked: 3 }));
    expect(diagnose("connected", pulse, UNANSWERED_MS)).toBeNull();
    expect(diagnose("connected", pulse, UNANSWERED_MS + 1)?.errorType).toBe("ice_failed");
  });

  test("has its time to answer a check that was sent late", () => {
    const pulse = pulseOf(...ALONE, ...looks(SILENT_SAMPLES, { at: 5_000, checks: 2, asked: 3 }));
    expect(diagnose("connected", pulse, 5_000 + REPLY_MS - 1)).toBeNull();
    expect(diagnose("connected", pulse, 5_000 + REPLY_MS)?.errorType).toBe("ice_failed");
  });

  test.each([
    ["no checks that were sent are counted", { checks: 2 }],
    ["no answers are counted", { asked: 9 }],
    ["answers stay what they were from the start", { checks: 1, asked: 9 }],
  ])("is not dead by silence alone where %s", (_, seen) => {
    const first = "checks" in seen && seen.checks === 2 ? ALONE : [];
    const pulse = pulseOf(...first, ...looks(3 * SILENT_SAMPLES, { at: 1, ...seen }));
    expect(diagnose("connected", pulse, 10 * UNANSWERED_MS)).toBeNull();
  });

  test("is dead when it is silent, and the browser calls it disconnected", () => {
    const pulse = pulseOf(...ALONE, ...looks(SILENT_SAMPLES, { at: 1, checks: 2, state: "disconnected" }));
    expect(diagnose("disconnected", pulse, UNANSWERED_MS)).toBeNull();
    expect(diagnose("disconnected", pulse, UNANSWERED_MS + 1)?.errorType).toBe("ice_failed");
    const spoken = pulseOf(...looks(SILENT_SAMPLES, { at: 1, state: "disconnected" }));
    expect(diagnose("disconnected", spoken, 10 * UNANSWERED_MS)).toBeNull();
  });

  test("is not given up by a page that was asleep, before it has looked again and again", () => {
    const after = { ...STILL, at: 60_000 };
    const pulse = pulseOf(...FLOW, after);
    expect(diagnose("connected", pulse, 60_000)).toBeNull();
    for (let nth = 1; nth < SILENT_SAMPLES; nth += 1) pulse.note(lookOf({ ...after, at: 60_000 + nth }));
    expect(diagnose("connected", pulse, 60_010)?.errorType).toBe("ice_failed");
  });

  test.each(["failed", "closed"] as const)("is dead when the browser says %s", (state) => {
    expect(diagnose(state, pulseOf({ at: 0, packets: 1, checks: 1 }), 1)?.errorType).toBe("ice_failed");
  });
});

test("a connection that is being made has its time and no more", () => {
  expect(overdue(100, 100 + CONNECT_WITHIN_MS)).toBeNull();
  expect(overdue(100, 101 + CONNECT_WITHIN_MS)?.errorType).toBe("connection_timeout");
});

test("life from before a new try is no sign that the try worked", () => {
  const pulse = pulseOf({ at: 10, packets: 1 }, { at: 500, packets: 1 });
  expect(pulse.seenSince(400)).toBe(false);
  pulse.note(lookOf({ at: 600, packets: 2 }));
  expect(pulse.seenSince(400)).toBe(true);
});

test("a connection that comes to be one lives, where nothing is counted", () => {
  const pulse = pulseOf({ at: 10, state: "connecting" }, { at: 20 });
  expect(pulse.measurable).toBe(false);
  expect(pulse.seenSince(15)).toBe(true);
  pulse.note(lookOf({ at: 30 }));
  expect(pulse.seenSince(25)).toBe(false);
});

test("a counter that starts again is not a negative rate", () => {
  const before = readStats(
    [["i", { type: "inbound-rtp", bytesReceived: 9_000, packetsReceived: 90, packetsLost: 9 }]],
    0,
  );
  expect(sample(before, readStats([], 1_000))).toMatchObject({ bitrate: 0, packetLoss: 0 });
});
