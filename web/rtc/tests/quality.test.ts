import { afterEach, expect, test, vi } from "vitest";
import { Quality } from "../src/monitor/quality";
import { CONNECT_WITHIN_MS } from "../src/monitor/silence";
import { readStats } from "../src/monitor/stats";
import { DirectionMonitor } from "../src/rooms/getstream/directionMonitor";
import type { PeerView } from "../src/types";

afterEach(() => vi.restoreAllMocks());

/** A member who is muted, over a connection of which this is known. */
function muted(packetLoss: number, availableOutgoingBitrate?: number): PeerView {
  const pair = { type: "candidate-pair", state: "succeeded", availableOutgoingBitrate };
  const trace = [{ at: 0, bitrate: 2_000, packetLoss, latency: 20, jitter: 5 }];
  return { health: "connected", stats: readStats([["p", pair]], 0), trace } as unknown as PeerView;
}

test.each([
  ["what the connection could carry", muted(0, 800_000), 800_000],
  ["enough, where that is not told and nothing is lost", muted(0), 100_000],
  ["what arrives, where something is lost", muted(3), 2_000],
  ["what arrives, where no more could be carried", muted(0, 1_000), 2_000],
])("the bitrate of a member who sends little is %s", (_, peer, bitrate) => {
  expect(new Quality().take([peer])?.bitrate).toBe(bitrate);
});

test("a way of which nothing is counted is alive while it is connected, and overdue while it is not", () => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const [connected, not] = [new DirectionMonitor(), new DirectionMonitor()];
  for (const way of [connected, not]) expect(way.check(true)).toBeNull();
  now = CONNECT_WITHIN_MS + 1;
  connected.note([["t", { type: "transport", dtlsState: "connected" }]]);
  not.note([["t", { type: "transport", dtlsState: "connecting" }]]);
  expect(connected.check(true)).toBeNull();
  expect(connected.up).toBe(true);
  expect(not.check(true)?.errorType).toBe("connection_timeout");
});
