import { describe, expect, test } from "vitest";
import { RECONNECT_WITHIN_MS, SILENCE_MS } from "../src/monitor/silence";
import { GRACE_MS } from "../src/session/participants";
import { ANSWERED_WITHIN_MS } from "../src/timeouts";
import { FakeConnection } from "./fakeConnection";
import { Caller, logger, open, pair, pass, server, track } from "./guests";

describe("a call", () => {
  test("is one connection on each side, in either order of arrival", async () => {
    await pair();
    expect(open()).toHaveLength(2);
    expect(server.failures).toEqual([]);
  });

  test("of three is a connection between every two", async () => {
    await pair();
    const cy = await new Caller("cy").join();
    await pass(1_500);
    expect(cy.health).toEqual({ ada: "connected", ben: "connected" });
    expect(open()).toHaveLength(6);
  });

  test("takes every signal once, and says so", async () => {
    await pair();
    expect(server.acknowledged.length).toBeGreaterThan(3);
    expect(new Set(server.acknowledged).size).toBe(server.acknowledged.length);
  });

  test("uses the candidates of the connection it has, and no others", async () => {
    await pair();
    for (const one of open()) expect(one.candidates).toHaveLength(1);
  });

  test("of a member without any device can send later without a new negotiation", async () => {
    const ada = await new Caller("ada").join([]);
    const ben = await new Caller("ben").join([]);
    await pass(1_500);
    const camera = track("video");
    const made = server.acknowledged.length;
    await ada.call.setTrack("video", camera);
    await ben.call.setTrack("video", camera);
    await pass(500);
    for (const one of open()) {
      expect(one.getTransceivers().map((line) => line.sender.track)).toEqual([null, camera]);
      expect(one.getTransceivers().map((line) => line.direction)).toEqual(["sendrecv", "sendrecv"]);
    }
    expect(server.acknowledged).toHaveLength(made);
  });
});

describe("a connection that dies", () => {
  test("is noticed within seconds by one side, and joined by another one that takes its place", async () => {
    const [ada, ben] = await pair();
    const before = open();
    await pass(SILENCE_MS + 1_000, true);
    for (const one of [ada, ben]) {
      expect(Object.values(one.health)).toEqual(["reconnecting"]);
      expect(one.view.notice).toBe("reconnecting");
    }
    expect(server.failures).toHaveLength(1);
    expect(open()).toHaveLength(4);
    await pass(1_000);
    for (const one of [ada, ben]) {
      expect(Object.values(one.health)).toEqual(["connected"]);
      expect(one.view.notice).toBeNull();
    }
    expect(open()).toHaveLength(2);
    for (const one of before) expect(one.signalingState).toBe("closed");
  });

  test("is kept until then, and goes on when it comes back automatically", async () => {
    const [ada, ben] = await pair();
    const before = open();
    server.losesSignals = true;
    await pass(SILENCE_MS + 1_000, true);
    expect(ada.health).toEqual({ ben: "reconnecting" });
    await pass(500);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ben.health).toEqual({ ada: "connected" });
    await pass(2 * RECONNECT_WITHIN_MS);
    expect(open()).toEqual(before);
    expect(server.failures).toHaveLength(2);
  });

  test("has the server checked before it is given up, once", async () => {
    await pair();
    await pass(SILENCE_MS - 500, true);
    expect(server.checks).toBe(2);
    expect(server.failures).toEqual([]);
    await pass(1_000);
    expect(server.checks).toBe(2);
  });

  test("to a member that does not answer is no fault of the way to them", async () => {
    const [ada, ben] = await pair();
    server.asleep = "ben";
    await pass(60_000, true);
    expect(ada.health).toEqual({ ben: "reconnecting" });
    expect(server.failures.filter((one) => one.startsWith("ada")).length).toBeLessThanOrEqual(1);
    server.wake();
    await pass(1_000);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ben.health).toEqual({ ada: "connected" });
  });

  test("is replaced when a new negotiation does not help", async () => {
    const [ada, ben] = await pair();
    const before = open();
    await pass(13_500, true);
    await pass(9_000);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ben.health).toEqual({ ada: "connected" });
    expect(open()).toHaveLength(2);
    for (const one of before) expect(one.signalingState).toBe("closed");
  });

  test("of which both sides told is replaced by one of the two at once, the other only answers", async () => {
    const [ada, ben] = await pair();
    await pass(SILENCE_MS, true);
    FakeConnection.slownessMs = 700;
    await pass(300, true);
    expect(server.failures).toHaveLength(1);
    server.waitMs = 1_000;
    await pass(300, true);
    expect(server.failures).toHaveLength(2);
    FakeConnection.slownessMs = 0;
    await pass(2_000, true);
    expect(FakeConnection.all.slice(2).map((one) => one.agreedOn)).toEqual([true, true]);
    await pass(500);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ben.health).toEqual({ ada: "connected" });
    expect(open()).toHaveLength(2);
  });

  test("is replaced at once when one side has closed it", async () => {
    const [ada, ben] = await pair();
    open()[0]?.close();
    await pass(9_000);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ben.health).toEqual({ ada: "connected" });
    expect(open()).toHaveLength(2);
  });

  test("rests when the server says that nothing helps, and is tried again later", async () => {
    const [ada, ben] = await pair();
    server.retry = false;
    await pass(6_000, true);
    expect(ada.health).toEqual({ ben: "lost" });
    expect(ada.view.notice).toBe("lost");
    const tried = server.failures.length;
    await pass(10_000, true);
    expect(server.failures).toHaveLength(tried);
    server.retry = true;
    await pass(30_000);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ben.health).toEqual({ ada: "connected" });
  });

  test("is not tried again before the server wants it to be, and the call is looked after meanwhile", async () => {
    const [ada, ben] = await pair();
    server.waitMs = 4_000;
    await pass(SILENCE_MS + 1_000, true);
    const session = ada.call.sessionId;
    await pass(2_500, true);
    expect(ada.call.sessionId).toBe(session);
    expect(ada.view.notice).toBe("reconnecting");
    await pass(5_000);
    expect(ada.call.sessionId).not.toBe(session);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ben.health).toEqual({ ada: "connected" });
    expect(server.failures).toHaveLength(2);
  });

  test("says when only a relay is left", async () => {
    const people = await pair();
    server.relayOnly = true;
    await pass(SILENCE_MS + 1_000, true);
    expect(people.map((one) => one.view.notice).sort()).toEqual(["reconnecting", "relay"]);
    expect(open().some((one) => one.configuration.iceTransportPolicy === "relay")).toBe(true);
  });
});

describe("while the server is away", () => {
  test("the call goes on", async () => {
    const [ada] = await pair();
    server.goAway();
    await pass(20_000);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ada.view.notice).toBeNull();
  });

  test("a dead connection waits for it, and then recovers", async () => {
    const [ada, ben] = await pair();
    server.goAway();
    await pass(12_000, true);
    expect(ada.health).toEqual({ ben: "reconnecting" });
    server.returnToWork();
    await pass(12_000);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ben.health).toEqual({ ada: "connected" });
    expect(server.failures.length).toBeLessThanOrEqual(4);
  });

  test("a dead connection is noticed also while new credentials are waited for", async () => {
    server.refreshAfterMs = 1_000;
    const [ada] = await pair();
    server.goAway();
    await pass(6_000);
    await pass(SILENCE_MS + 1_000, true);
    expect(ada.health).toEqual({ ben: "reconnecting" });
  });

  test("a question that is never answered is asked again", async () => {
    const [ada, ben] = await pair();
    logger.warn.mockImplementation(() => undefined);
    server.silent = true;
    await pass(12_000, true);
    server.silent = false;
    expect(server.failures).toEqual([]);
    await pass(ANSWERED_WITHIN_MS, true);
    expect(server.failures).not.toEqual([]);
    await pass(10_000);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ben.health).toEqual({ ada: "connected" });
  });

  test("a session that was forgotten is made again", async () => {
    const [ada] = await pair();
    server.end(ada.call.sessionId);
    await pass(1_000);
    expect(server.sessions.map((one) => one.userId).sort()).toEqual(["ada", "ben"]);
    expect(ada.health).toEqual({ ben: "connected" });
  });
});

describe("members", () => {
  test("that leave are gone at once", async () => {
    const [ada, ben] = await pair();
    server.calls.delete("ben");
    await ben.call.leave();
    server.tell();
    await pass(0);
    expect(ada.health).toEqual({});
    expect(open()).toEqual([]);
  });

  test("that vanish are kept for a moment, and then go", async () => {
    const [ada, ben] = await pair();
    await ben.call.leave();
    await pass(GRACE_MS / 2);
    expect(Object.keys(ada.health)).toEqual(["ben"]);
    await pass(GRACE_MS);
    expect(ada.health).toEqual({});
  });

  test("that reload the page are back, on a new connection", async () => {
    const [ada, ben] = await pair();
    await ben.call.leave();
    const again = await new Caller("ben").join();
    await pass(2_000);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(again.health).toEqual({ ada: "connected" });
    expect(open()).toHaveLength(2);
  });

  test("that come in from another window leave the first one", async () => {
    const [ada, ben] = await pair();
    const other = await new Caller("ben").join();
    ben.call.setSessions(server.sessions, new Set(["ada", "ben"]));
    await pass(2_000);
    expect(ben.view.notice).toBe("replaced");
    expect(ben.view.peers).toEqual([]);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(other.health).toEqual({ ada: "connected" });
  });
});
