import { expect, test } from "vitest";
import { Average, look, sample, worst } from "../src/rtc/stats";

function report(...entries: Record<string, unknown>[]): [string, unknown][] {
  return entries.map((entry) => [String(entry.id), entry]);
}

const CALL = report(
  {
    id: "a",
    type: "inbound-rtp",
    kind: "audio",
    bytesReceived: 100,
    packetsReceived: 10,
    jitter: 0.02,
    audioLevel: 0.5,
  },
  {
    id: "v",
    type: "inbound-rtp",
    kind: "video",
    bytesReceived: 900,
    packetsReceived: 90,
    packetsLost: 5,
    framesDecoded: 7,
  },
  { id: "t", type: "transport", selectedCandidatePairId: "p", packetsReceived: 130 },
  { id: "old", type: "candidate-pair", currentRoundTripTime: 9, responsesReceived: 99 },
  {
    id: "p",
    type: "candidate-pair",
    localCandidateId: "l",
    remoteCandidateId: "r",
    currentRoundTripTime: 0.025,
    responsesReceived: 4,
    availableOutgoingBitrate: 300_000,
  },
  { id: "l", type: "local-candidate", candidateType: "host" },
  { id: "r", type: "remote-candidate", candidateType: "relay" },
);

test("a look adds up the streams and reads the pair that is used", () => {
  expect(look(CALL, 5)).toEqual({
    at: 5,
    bytesReceived: 1000,
    packetsReceived: 100,
    packetsLost: 5,
    framesDecoded: 7,
    jitterMs: 20,
    roundTripMs: 25,
    relayed: true,
    candidateType: "relay",
    audioLevel: 0.5,
    availableBitrate: 300_000,
    packets: 130,
    checks: 4,
  });
});

test("a look at a connection that is not there yet is all zeros", () => {
  expect(look([], 5)).toMatchObject({ at: 5, packets: 0, checks: 0, relayed: false });
});

test("losses that a browser counts below zero are none", () => {
  expect(look(report({ id: "v", type: "inbound-rtp", packetsLost: -3 }), 0).packetsLost).toBe(0);
});

test("a sample is what happened between two looks", () => {
  const before = look(CALL, 1_000);
  const now = { ...before, at: 3_000, bytesReceived: 2_000, packetsReceived: 190, packetsLost: 15 };
  expect(sample(before, now)).toEqual({ bitrate: 4_000, packetLoss: 10, latency: 25, jitter: 20 });
});

test("a session is as good as its worst peer", () => {
  const good = { bitrate: 900, packetLoss: 0, latency: 20, jitter: 9 };
  const bad = { bitrate: 100, packetLoss: 3, latency: 10, jitter: 5 };
  expect(worst([good, bad])).toEqual({ bitrate: 100, packetLoss: 3, latency: 20, jitter: 9 });
  expect(worst([])).toBeUndefined();
});

test("an average is the mean of what it was given", () => {
  const average = new Average();
  expect(average.value).toBeNull();
  average.add({ bitrate: 100, packetLoss: 0, latency: 20, jitter: 2 });
  average.add({ bitrate: 300, packetLoss: 4, latency: 40, jitter: 4 });
  expect(average.value).toEqual({ bitrate: 200, packetLoss: 2, latency: 30, jitter: 3 });
});
