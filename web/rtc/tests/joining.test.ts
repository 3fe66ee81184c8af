/**
 * The way into a call over a socket that is lost at any of its calls: before the server has heard of the call, or when it
 * has carried it out and the answer is lost. Both people end up in the call, and no failure of their connection is told.
 */

import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Interrupted } from "../src/index";
import { retry } from "../src/session/retry";
import { FakeConnection } from "./fakeConnection";
import type { Cut } from "./fakeServer";
import { Caller, janus, logger, pair, pass, server } from "./guests";

const LATENCY_MS = 30;
const SETTLED_MS = 4_000;
/** More than the calls of two people on their way in; the tests say so. */
const CALLS = 20;
const CUTS: Cut[] = ["before", "after"];
const EVERY_CALL = Array.from({ length: CALLS }, (_, nth) => CUTS.map((cut) => [nth, cut] as const)).flat();
const RUNS = 30;
const RUNS_WITHIN_MS = 30_000;

/** Two people come in, one after the other. */
async function comeIn(): Promise<[Caller, Caller]> {
  server.latencyMs = LATENCY_MS;
  const [ada, ben] = [new Caller("ada"), new Caller("ben")];
  for (const one of [ada, ben]) {
    const joined = one.join();
    await pass(SETTLED_MS);
    await joined;
  }
  await pass(SETTLED_MS);
  return [ada, ben];
}

function useJanus(): void {
  server.place = { provider: "janus", generation: 1, state: "ready" };
  server.entry = { url: "ws://janus", roomId: janus.room, feedId: "", token: "t", apiToken: "t" };
}

function expectBothIn([ada, ben]: [Caller, Caller]): void {
  expect(ada.health).toEqual({ ben: "connected" });
  expect(ben.health).toEqual({ ada: "connected" });
  expect(server.failures).toEqual([]);
  expect(server.sessions.map((one) => one.userId).sort()).toEqual(["ada", "ben"]);
  for (const one of server.sessions) expect(one.metadata).toMatchObject({ audio: true });
}

describe.each<[string, () => void, string[]]>([
  ["from person to person", () => undefined, ["createSession", "iceSetup", "sendDescription", "setState"]],
  ["at a media server", useJanus, ["createSession", "iceSetup", "enterRoom", "setState"]],
])("a call %s", (_, prepare, calls) => {
  test("is joined by no more calls than are tried here", async () => {
    prepare();
    expectBothIn(await comeIn());
    expect(server.made).toEqual(expect.arrayContaining(calls));
    const reports = server.made.filter((name) => name === "reportQuality").length;
    expect(server.made.length - reports).toBeLessThanOrEqual(CALLS);
  });

  test.each(EVERY_CALL)("is joined though the socket is lost at call %i, %s it is carried out", async (nth, cut) => {
    prepare();
    server.cuts.set(nth, cut);
    expectBothIn(await comeIn());
  });
});

test(
  "a call that moves goes on whatever calls lose the socket",
  async () => {
    logger.warn.mockImplementation(() => undefined);
    const cuts = fc.array(fc.tuple(fc.nat({ max: 4 * CALLS }), fc.constantFrom(...CUTS)), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(cuts, async (lost) => {
        for (const [nth, cut] of lost) server.cuts.set(nth, cut);
        server.entry = { url: "ws://janus", roomId: janus.room, feedId: "", token: "t", apiToken: "t" };
        const people = await comeIn();
        server.move("janus");
        await pass(2 * SETTLED_MS);
        for (const one of people) expect(Object.values(one.health)).toEqual(["connected"]);
        expect(server.sessions.map((one) => one.metadata?.generation)).toEqual([1, 1]);
        server.move("webrtc");
        await pass(2 * SETTLED_MS);
        expectBothIn(people);
        for (const one of people) void one.call.leave();
        await pass(2 * LATENCY_MS);
        server.reset();
        FakeConnection.all = [];
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  },
  RUNS_WITHIN_MS,
);

describe("a session that is refused", () => {
  test("on the way in is a refusal at once", async () => {
    server.busy = true;
    await expect(new Caller("ada").join()).rejects.toThrow("too much to do");
    expect(server.made).toEqual(["createSession"]);
  });

  test("when it has to be made again is told, and made as soon as it may be", async () => {
    const [ada] = await pair();
    server.busy = true;
    server.end(ada.call.sessionId);
    await pass(500);
    expect(ada.view.refusal).toMatchObject({ message: "too much to do" });
    server.busy = false;
    await pass(5_000);
    expect(ada.view.refusal).toBeNull();
    expect(ada.health).toEqual({ ben: "connected" });
  });
});

describe("a repeated request", () => {
  const reachable = () => Promise.resolve();

  test("is no refusal", async () => {
    const work = vi.fn().mockRejectedValue(new Error("no"));
    await expect(retry(work, reachable, new AbortController().signal)).rejects.toThrow("no");
    expect(work).toHaveBeenCalledTimes(1);
  });

  test("comes later each time, and not before the server wants it", async () => {
    const work = vi.fn().mockRejectedValueOnce(new Interrupted()).mockRejectedValueOnce(new Interrupted(60_000));
    const done = retry(work.mockResolvedValue("answer"), reachable, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(work).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(58_000);
    expect(work).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(2_000);
    await expect(done).resolves.toBe("answer");
  });

  test("waits for the connection", async () => {
    let connect = () => {};
    const connected = new Promise<void>((done) => {
      connect = done;
    });
    const work = vi.fn().mockRejectedValueOnce(new Interrupted()).mockResolvedValue("answer");
    const done = retry(work, () => connected, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(work).toHaveBeenCalledTimes(1);
    connect();
    await expect(done).resolves.toBe("answer");
  });

  test("ends with the page, also in the middle of a call that is never answered", async () => {
    const over = new AbortController();
    const rejected = expect(retry(() => new Promise(() => undefined), reachable, over.signal)).rejects.toThrow();
    over.abort();
    await rejected;
    const work = vi.fn();
    await expect(retry(work, reachable, over.signal)).rejects.toThrow();
    expect(work).not.toHaveBeenCalled();
  });
});
