import { expect, test } from "vitest";
import { isOneOf } from "../src/monitor/report";
import { Average, loudness, readStats, sample, withLevel, worst } from "../src/monitor/stats";

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
  expect(readStats(CALL, 5)).toMatchObject({
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
    checks: new Map([["responsesReceived p", 4]]),
  });
  expect(readStats(CALL, 5).packets.get("packetsReceived t")).toBe(130);
});

test("a look at a connection that is not there yet is all zeros", () => {
  const nothing = readStats([], 5);
  expect(nothing).toMatchObject({ at: 5, bytesReceived: 0, relayed: false, candidateType: "", audioLevel: 0 });
  expect([nothing.packets.size, nothing.checks.size, nothing.state]).toEqual([0, 0, undefined]);
});

test.each([
  ["is marked", { selected: true }, { state: "succeeded", nominated: true, bytesReceived: 900 }],
  ["is nominated", { state: "succeeded", nominated: true }, { state: "succeeded", bytesReceived: 900 }],
  ["carries most", { state: "succeeded", bytesReceived: 9 }, { state: "succeeded", bytesReceived: 1 }],
  ["alone works", { state: "succeeded" }, { state: "in-progress", bytesReceived: 900 }],
])("where no transport names it, the pair that is used %s", (_, used, other) => {
  const pairs = report(
    { id: "o", type: "candidate-pair", currentRoundTripTime: 1, ...other },
    { id: "u", type: "candidate-pair", currentRoundTripTime: 0.02, localCandidateId: "l", ...used },
    { id: "l", type: "local-candidate", candidateType: "srflx" },
  );
  expect(readStats(pairs, 0)).toMatchObject({ roundTripMs: 20, candidateType: "srflx" });
});

test("the round trip is that of received reports where no pair has one", () => {
  const told = report({ id: "r", type: "remote-inbound-rtp", roundTripTime: 0.03 });
  expect(readStats(told, 0).roundTripMs).toBe(30);
});

test("loudness is the reported one, or the energy since the look before", () => {
  const heard = (entry: object, at = 0) => readStats(report({ id: "a", type: "inbound-rtp", ...entry }), at);
  const before = heard({ totalAudioEnergy: 1, totalSamplesDuration: 10 });
  expect(loudness(before, heard({ totalAudioEnergy: 1.04, totalSamplesDuration: 11 }))).toBeCloseTo(0.2);
  expect(loudness(before, heard({ totalAudioEnergy: 0, totalSamplesDuration: 11 }))).toBe(0);
  expect(loudness(undefined, heard({ audioLevel: 0.5 }))).toBe(0.5);
  const receiver = { getSynchronizationSources: () => [{ audioLevel: 0.3 }, {}] } as unknown as RTCRtpReceiver;
  expect(withLevel(heard({}), [receiver, {} as RTCRtpReceiver]).audioLevel).toBe(0.3);
});

test("streams are told apart by line or by track, whichever a browser names", () => {
  const streams = report(
    { id: "1", type: "inbound-rtp", mid: "3", bytesReceived: 1 },
    { id: "2", type: "inbound-rtp", trackIdentifier: "t", bytesReceived: 10 },
    { id: "3", type: "inbound-rtp", trackId: "old", bytesReceived: 100 },
    { id: "old", type: "track", trackIdentifier: "t" },
    { id: "4", type: "inbound-rtp", bytesReceived: 1_000 },
  );
  const mine = readStats(streams, 0, (stream, entries) => isOneOf(stream, entries, ["t"], new Set(["3"])));
  expect(mine.bytesReceived).toBe(111);
});

test("losses that a browser counts below zero are none", () => {
  expect(readStats(report({ id: "v", type: "inbound-rtp", packetsLost: -3 }), 0).packetsLost).toBe(0);
});

test("a sample is the difference between two looks", () => {
  const before = readStats(CALL, 1_000);
  const now = { ...before, at: 3_000, bytesReceived: 2_000, packetsReceived: 190, packetsLost: 15 };
  expect(sample(before, now)).toEqual({ bitrate: 4_000, packetLoss: 10, latency: 25, jitter: 20 });
});

test("a session is as good as its worst peer", () => {
  const good = { bitrate: 900, packetLoss: 0, latency: 20, jitter: 9 };
  const bad = { bitrate: 100, packetLoss: 3, latency: 10, jitter: 5 };
  expect(worst([good, bad])).toEqual({ bitrate: 100, packetLoss: 3, latency: 20, jitter: 9 });
  expect(worst([])).toBeUndefined();
});

test("an average is the mean of its values", () => {
  const average = new Average();
  expect(average.value).toBeNull();
  average.add({ bitrate: 100, packetLoss: 0, latency: 20, jitter: 2 });
  average.add({ bitrate: 300, packetLoss: 4, latency: 40, jitter: 4 });
  expect(average.value).toEqual({ bitrate: 200, packetLoss: 2, latency: 30, jitter: 3 });
});
