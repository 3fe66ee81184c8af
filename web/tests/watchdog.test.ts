import { describe, expect, test } from "vitest";
import { type Look, sample } from "../src/rtc/stats";
import {
  CONNECT_WITHIN_MS,
  DOUBTFUL_LOOKS,
  diagnose,
  GIVE_WAY_MS,
  LOOKS,
  overdue,
  Pulse,
  SILENCE_MS,
  UNANSWERED_MS,
} from "../src/rtc/watchdog";

const NOTHING: Look = {
  at: 0,
  bytesReceived: 0,
  packetsReceived: 0,
  packetsLost: 0,
  framesDecoded: 0,
  jitterMs: 0,
  roundTripMs: 0,
  relayed: false,
  candidateType: "host",
  audioLevel: 0,
  availableBitrate: 0,
  packets: 0,
  checks: 0,
};

function pulseOf(...looks: Partial<Look>[]): Pulse {
  const pulse = new Pulse();
  for (const look of looks) pulse.note({ ...NOTHING, ...look });
  return pulse;
}

describe("a connection that once worked", () => {
  test("is fine while packets arrive", () => {
    const pulse = pulseOf({ at: 0, packets: 1, checks: 1 }, { at: 9_000, packets: 2, checks: 1 });
    expect(diagnose("connected", pulse, 9_500)).toBeNull();
  });

  test("is fine while nobody sends anything, as long as checks are answered", () => {
    const pulse = pulseOf({ at: 0, packets: 1, checks: 1 }, { at: 60_000, packets: 1, checks: 25 });
    expect(diagnose("connected", pulse, 60_000 + SILENCE_MS + 500)).toBeNull();
  });

  test("is dead as soon as media that flowed have stopped for too long", () => {
    const flowing = Array.from({ length: LOOKS + 1 }, (_, nth) => ({ at: nth, packets: nth + 1, checks: 1 }));
    const quiet = Array(LOOKS).fill({ at: LOOKS + 1, packets: LOOKS + 1, checks: 1 });
    const pulse = pulseOf(...flowing, ...quiet.slice(0, DOUBTFUL_LOOKS - 1));
    expect(pulse.doubtful).toBe(false);
    for (const look of quiet.slice(DOUBTFUL_LOOKS - 1)) pulse.note({ ...NOTHING, ...look });
    expect(pulse.doubtful).toBe(true);
    expect(diagnose("connected", pulse, LOOKS + SILENCE_MS)).toBeNull();
    expect(diagnose("connected", pulse, LOOKS + SILENCE_MS + 1)?.errorType).toBe("ice_failed");
    expect(diagnose("connected", pulse, LOOKS + SILENCE_MS + 1, GIVE_WAY_MS)).toBeNull();
    pulse.note({ ...NOTHING, at: LOOKS + 2, packets: LOOKS + 1, checks: 2 });
    for (const look of quiet) pulse.note({ ...NOTHING, ...look, checks: 2 });
    expect(diagnose("connected", pulse, LOOKS + SILENCE_MS + 1)).toBeNull();
  });

  test("is dead when neither packets nor answers come, whatever the browser says", () => {
    const pulse = pulseOf({ at: 0, packets: 1, checks: 1 }, ...Array(LOOKS).fill({ at: 1, packets: 1, checks: 1 }));
    expect(diagnose("connected", pulse, UNANSWERED_MS)).toBeNull();
    expect(diagnose("connected", pulse, UNANSWERED_MS + 1)?.errorType).toBe("ice_failed");
  });

  test("is not given up by a page that was asleep, before it has looked again and again", () => {
    const pulse = pulseOf({ at: 0, packets: 1, checks: 1 }, { at: 60_000, packets: 1, checks: 1 });
    expect(diagnose("connected", pulse, 60_000)).toBeNull();
    for (let nth = 1; nth < LOOKS; nth += 1) pulse.note({ ...NOTHING, at: 60_000 + nth, packets: 1, checks: 1 });
    expect(diagnose("connected", pulse, 60_010)?.errorType).toBe("ice_failed");
  });

  test.each(["failed", "closed"] as const)("is dead when the browser says %s", (state) => {
    expect(diagnose(state, pulseOf({ packets: 1, checks: 1 }), 1)?.errorType).toBe("ice_failed");
  });
});

test("a connection that is being made has its time and no more", () => {
  expect(overdue(100, 100 + CONNECT_WITHIN_MS)).toBeNull();
  expect(overdue(100, 101 + CONNECT_WITHIN_MS)?.errorType).toBe("connection_timeout");
});

test("life from before a new try is no sign that the try worked", () => {
  const pulse = pulseOf({ at: 10, packets: 1 }, { at: 500, packets: 1 });
  expect(pulse.beatSince(400)).toBe(false);
  pulse.note({ ...NOTHING, at: 600, packets: 2 });
  expect(pulse.beatSince(400)).toBe(true);
});

test("a counter that starts again is not a negative rate", () => {
  const before = { ...NOTHING, at: 0, bytesReceived: 9_000, packetsReceived: 90, packetsLost: 9 };
  expect(sample(before, { ...NOTHING, at: 1_000 })).toMatchObject({ bitrate: 0, packetLoss: 0 });
});
