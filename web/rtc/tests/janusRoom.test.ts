import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { ANSWER_WITHIN_MS } from "../src/rooms/janus/client";
import { FakeConnection } from "./fakeConnection";
import { Caller, janus, open, pass, server, track } from "./guests";

beforeEach(() => {
  server.place = { provider: "janus", generation: 1, state: "ready" };
  server.entry = { url: "ws://janus", roomId: janus.room, feedId: "", token: "t", apiToken: "t" };
});

async function three(): Promise<[Caller, Caller, Caller]> {
  const ada = await new Caller("ada").join();
  const ben = await new Caller("ben").join();
  const cy = await new Caller("cy").join();
  await pass(1_500);
  expect(ada.health).toEqual({ ben: "connected", cy: "connected" });
  expect(ben.health).toEqual({ ada: "connected", cy: "connected" });
  expect(cy.health).toEqual({ ada: "connected", ben: "connected" });
  return [ada, ben, cy];
}

/** Lets time go by and returns every state of health that somebody showed meanwhile. */
async function everyHealth(guest: Caller, ms: number): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let gone = 0; gone < ms; gone += 100) {
    await pass(0);
    for (const health of Object.values(guest.health)) seen.add(health);
  }
  return seen;
}

function links(): number {
  return open().filter((one) => one.connectionState === "connected").length;
}

describe("a call at a media server", () => {
  test("is one connection to send and one to receive for each, however many there are", async () => {
    const [ada] = await three();
    expect(links()).toBe(6);
    expect(ada.view.notice).toBeNull();
    expect(server.failures).toEqual([]);
    expect(ada.view.peers[0]?.stream.getTracks()).toHaveLength(2);
  });

  test("of one person is sent, and nothing is received", async () => {
    const ada = await new Caller("ada").join();
    await pass(10_000);
    expect(links()).toBe(1);
    expect(server.failures).toEqual([]);
    expect(ada.view.peers).toEqual([]);
  });

  test("sends devices that are switched on later", async () => {
    const [ada] = await three();
    const camera = track("video");
    await ada.call.setTrack("video", camera);
    expect(open().flatMap((one) => one.getTransceivers().filter((line) => line.sender.track === camera))).toHaveLength(
      1,
    );
  });

  test("shows nobody whom the server does not name", async () => {
    await three();
    const mallory = await new Caller("mallory").join();
    await pass(1_500);
    server.calls.delete("mallory");
    const subscriptions = janus.asked.filter((name) => name === "update").length;
    server.end(mallory.call.sessionId);
    await pass(1_500);
    expect(janus.feeds.size).toBe(4);
    expect([...server.calls.values()].length).toBe(3);
    expect(janus.asked.filter((name) => name === "update").length).toBe(subscriptions + 3);
  });

  test("is left by a member that leaves", async () => {
    const [ada, ben, cy] = await three();
    server.calls.delete("cy");
    await cy.call.leave();
    server.tell();
    await pass(1_000);
    expect([...janus.feeds.keys()].map((id) => id.split(".")[0])).toEqual(["ada", "ben"]);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ben.health).toEqual({ ada: "connected" });
    expect(links()).toBe(4);
  });
});

describe("when a connection to the media server dies", () => {
  test("it is noticed by silence, and joined by another one that takes its place", async () => {
    const [ada] = await three();
    const before = open();
    janus.cutOff();
    await pass(2_500, true);
    expect(ada.view.notice).toBe("reconnecting");
    expect(ada.health).toEqual({ ben: "reconnecting", cy: "reconnecting" });
    expect(server.failures.sort()).toEqual(["ada ice_failed", "ben ice_failed", "cy ice_failed"]);
    await pass(2_000);
    expect(ada.health).toEqual({ ben: "connected", cy: "connected" });
    expect(ada.view.notice).toBeNull();
    expect(links()).toBe(6);
    for (const one of before) expect(one.signalingState).toBe("closed");
    expect(janus.feeds.size).toBe(3);
  });

  test("it is kept until then, and goes on when it comes back automatically", async () => {
    const people = await three();
    const before = open();
    janus.mute = true;
    await pass(4_000, true);
    await pass(1_000);
    for (const one of people) expect(Object.values(one.health)).toEqual(["connected", "connected"]);
    expect(open()).toEqual(before);
    janus.mute = false;
    await pass(10_000);
    expect(open()).toEqual(before);
    expect(server.failures).toHaveLength(3);
  });

  test("everybody comes in again when that does not help", async () => {
    const [ada, ben, cy] = await three();
    const before = open();
    janus.cutOff();
    await pass(13_500, true);
    await pass(9_000);
    for (const one of [ada, ben, cy]) expect(Object.values(one.health)).toEqual(["connected", "connected"]);
    for (const one of before) expect(one.signalingState).toBe("closed");
    expect(janus.feeds.size).toBe(3);
    expect(links()).toBe(6);
  });

  test("or the media server has given it up, one comes in again at once", async () => {
    const [ada, ben] = await three();
    const [id] = [...janus.feeds.keys()];
    janus.hangUp(id ?? "");
    await pass(3_000);
    expect(server.failures).toEqual(["ada ice_failed"]);
    expect(ada.health).toEqual({ ben: "connected", cy: "connected" });
    expect(ben.health).toEqual({ ada: "connected", cy: "connected" });
    expect(janus.feeds.has(id ?? "")).toBe(false);
  });
});

describe("when the media server dies", () => {
  test("it is noticed at once, and everybody moves to the mesh without a click", async () => {
    const [ada, ben, cy] = await three();
    server.fallback = "webrtc";
    janus.kill();
    await pass(600);
    expect(server.failures).toEqual([expect.stringContaining("signaling_failed")]);
    expect(ada.notices).toContain("movingToMesh");
    await pass(3_000);
    for (const one of [ada, ben, cy]) {
      expect(Object.values(one.health)).toEqual(["connected", "connected"]);
      expect(one.view.notice).toBe("movedToMesh");
    }
    expect(links()).toBe(6);
    await pass(7_000);
    expect(ada.view.notice).toBeNull();
    expect(server.failures).toHaveLength(1);
  });

  test("and there is nowhere to go, the page waits and comes back when it may", async () => {
    const [ada, ben] = await three();
    janus.kill();
    server.place = { ...server.place, state: "closed" };
    server.tell();
    await pass(20_000);
    expect(ada.view.notice).toBe("closed");
    expect(server.failures).toEqual([]);
    janus.down = false;
    server.place = { ...server.place, state: "ready" };
    server.tell();
    await pass(4_000);
    expect(ada.health).toEqual({ ben: "connected", cy: "connected" });
    expect(ben.health).toEqual({ ada: "connected", cy: "connected" });
    expect(ada.view.notice).toBeNull();
    expect(server.failures).toEqual([]);
  });

  test("it is tried again for as long as the server says so", async () => {
    const [ada] = await three();
    janus.kill();
    await pass(9_000);
    expect(server.failures.length).toBeGreaterThan(3);
    janus.down = false;
    await pass(15_000);
    expect(ada.health).toEqual({ ben: "connected", cy: "connected" });
  });
});

describe("a name at the media server", () => {
  const shown = (guest: Caller) =>
    Object.fromEntries(guest.view.peers.map((one) => [one.userId, one.stream.getTracks().length]));

  test("that a member has not named for themselves shows nobody, though it is made like theirs", async () => {
    const [ada, ben] = await three();
    const asked = janus.asked.length;
    janus.takeOver("cy.mallory");
    janus.takeOver("dora.mallory");
    await pass(1_500);
    expect(shown(ada)).toEqual({ ben: 2, cy: 2 });
    expect(shown(ben)).toEqual({ ada: 2, cy: 2 });
    expect(janus.asked.slice(asked).filter((name) => name === "update")).toEqual([]);
  });

  test("is a member's from when they name it, also when they come in again", async () => {
    const [ada, ben] = await three();
    janus.kick([...janus.feeds.keys()].find((id) => id.startsWith("ben.")) ?? "");
    await pass(3_000);
    expect(server.failures).toEqual(["ben signaling_failed"]);
    expect(ada.health).toEqual({ ben: "connected", cy: "connected" });
    expect(ben.health).toEqual({ ada: "connected", cy: "connected" });
    expect(shown(ada)).toEqual({ ben: 2, cy: 2 });
  });

  test("that is another member's cannot be named as one's own", async () => {
    const [ada, ben, cy] = await three();
    const bens = [...janus.feeds.keys()].find((id) => id.startsWith("ben.")) ?? "";
    const cys = server.sessions.find((one) => one.userId === "cy");
    janus.kick([...janus.feeds.keys()].find((id) => id.startsWith("cy.")) ?? "");
    server.silent = true;
    if (cys) cys.metadata = { ...cys.metadata, feed: bens };
    server.tell();
    await pass(1_500);
    expect(shown(ada)).toEqual({ ben: 2, cy: 0 });
    expect(ben.health.cy).toBe("reconnecting");
    await cy.call.leave();
  });
});

describe("a feed that has just left", () => {
  test("is lost alone, and earlier media of its member is still seen", async () => {
    const [ada, ben] = await three();
    const before = open();
    janus.announce("cy.gone", "ben.gone");
    expect(await everyHealth(ada, 2_000)).toEqual(new Set(["connected"]));
    expect(ben.health).toEqual({ ada: "connected", cy: "connected" });
    expect(open()).toEqual(before);
    expect(server.failures).toEqual([]);
  });

  test("when there is nobody else to watch yet costs nothing but itself", async () => {
    const ada = await new Caller("ada").join();
    await pass(1_000);
    server.sessions.push({ sessionId: "ben-page.1", userId: "ben", state: "connecting" });
    server.tell();
    janus.announce("ben.gone");
    await pass(1_000);
    expect(ada.health).toEqual({ ben: "connecting" });
    const ben = await new Caller("ben").join();
    await pass(2_000);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ben.health).toEqual({ ada: "connected" });
    expect(server.failures).toEqual([]);
  });

  test("and is back under the same name is not watched again: it may be anybody", async () => {
    const [ada] = await three();
    const [id = ""] = [...janus.feeds.keys()].filter((one) => one.startsWith("cy."));
    FakeConnection.slownessMs = 300;
    await new Caller("di").join();
    janus.takeOver(id);
    FakeConnection.slownessMs = 0;
    await pass(3_000);
    expect(ada.health).toEqual({ ben: "connected", cy: "reconnecting", di: "connected" });
    expect(ada.view.peers.map(({ stream }) => stream.getTracks().length)).toEqual([2, 0, 2]);
    expect(server.failures).toEqual([]);
  });

  test("is lost alone whichever of many have left", async () => {
    const names = ["ben", "cy", "di", "eve", "fay"];
    await fc.assert(
      fc.asyncProperty(fc.subarray(names, { minLength: 1 }), async (gone) => {
        const ada = await new Caller("ada").join();
        for (const name of names) await new Caller(name).join();
        await pass(2_000);
        janus.announce(...gone.map((name) => `${name}.gone`));
        await pass(1_500);
        expect(ada.health).toEqual(Object.fromEntries(names.map((name) => [name, "connected"])));
        expect(server.failures).toEqual([]);
        for (const call of server.calls.values()) void call.leave();
        await pass(100);
        server.reset();
        server.place = { provider: "janus", generation: 1, state: "ready" };
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });
});

test("words of a media server that are none are passed over", async () => {
  const [ada] = await three();
  for (const socket of janus.sockets) {
    for (const data of ["", "{", "null", "[]", "7", '{"janus":"event"}', '{"janus":"event","plugindata":null}']) {
      socket.onmessage?.({ data });
    }
  }
  janus.announce(null as unknown as string, 7 as unknown as string);
  await pass(2_000);
  expect(ada.health).toEqual({ ben: "connected", cy: "connected" });
  expect(server.failures).toEqual([]);
});

test("a media server that lets nobody in is a failure that is told", async () => {
  server.entry = null;
  const ada = await new Caller("ada").join();
  await pass(1_000);
  expect(server.failures[0]).toBe("ada signaling_failed");
  expect(ada.view.notice).toBe("reconnecting");
});

test("a media server that says nothing is one, too", async () => {
  janus.mute = true;
  await new Caller("ada").join();
  await pass(ANSWER_WITHIN_MS + 1_000);
  expect(server.failures[0]).toBe("ada signaling_failed");
});

test("a member that is put out is out, and asks the server for the reason", async () => {
  const [ada, ben] = await three();
  server.retry = false;
  janus.kick([...janus.feeds.keys()][1] ?? "");
  await pass(1_000);
  expect(server.failures).toEqual(["ben signaling_failed"]);
  expect(ben.view.notice).toBe("lost");
  expect(ada.health).toMatchObject({ ben: "reconnecting", cy: "connected" });
});
