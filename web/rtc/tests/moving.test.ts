import { describe, expect, test } from "vitest";
import { MOVE_WITHIN_MS } from "../src/rooms/transition";
import { Caller, janus, logger, open, pair, pass, server } from "./guests";

function prepareJanus(): void {
  server.entry = { url: "ws://janus", roomId: janus.room, feedId: "", token: "t", apiToken: "t" };
}

/** Lets time go by and returns every state of health that somebody showed meanwhile. */
async function watch(guest: Caller, ms: number): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let gone = 0; gone < ms; gone += 100) {
    await pass(0);
    for (const health of Object.values(guest.health)) seen.add(health);
  }
  return seen;
}

describe("a move from the mesh to a media server", () => {
  test("is announced, and then made without anybody falling silent", async () => {
    prepareJanus();
    const [ada, ben] = await pair();
    server.place = { ...server.place, announced: { provider: "janus" } };
    server.tell();
    await pass(500);
    expect(ada.view.notice).toBe("growing");
    const before = open();
    server.move("janus");
    expect(await watch(ada, 4_000)).toEqual(new Set(["connected"]));
    expect(ada.notices).toEqual(["growing", "movingToServer", "movedToServer"]);
    expect(ben.health).toEqual({ ada: "connected" });
    for (const one of before) expect(one.signalingState).toBe("closed");
    expect(open()).toHaveLength(4);
    expect(server.failures).toEqual([]);
  });

  test("is a new session for each, and the old ones end", async () => {
    prepareJanus();
    const [ada] = await pair();
    const old = ada.call.sessionId;
    server.move("janus");
    await pass(3_000);
    expect(ada.call.sessionId).not.toBe(old);
    expect(server.sessions.map((one) => one.sessionId)).toContain(ada.call.sessionId);
    expect(server.sessions).toHaveLength(2);
  });

  test("waits until the room is open", async () => {
    prepareJanus();
    const [ada] = await pair();
    server.move("janus", "opening");
    await pass(2_000);
    expect(ada.view.notice).toBe("movingToServer");
    expect(janus.asked).toEqual([]);
    expect(ada.health).toEqual({ ben: "connected" });
    server.place = { ...server.place, state: "ready" };
    server.tell();
    await pass(3_000);
    expect(janus.feeds.size).toBe(2);
    expect(ada.view.notice).toBe("movedToServer");
  });

  test("keeps the old media while the new room cannot be entered", async () => {
    const [ada, ben] = await pair();
    server.move("janus");
    await pass(MOVE_WITHIN_MS + 5_000);
    expect(server.failures).toContain("ada signaling_failed");
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ben.health).toEqual({ ada: "connected" });
    expect(ada.view.notice).toBe("movingToServer");
  });

  test("that is taken back leaves the mesh as it was", async () => {
    const [ada, ben] = await pair();
    const before = open();
    server.move("janus");
    await pass(2_000);
    server.move("webrtc");
    expect(await watch(ada, 3_000)).toEqual(new Set(["connected"]));
    expect(ben.health).toEqual({ ada: "connected" });
    expect(open()).toEqual(before);
    expect(ada.view.notice).toBeNull();
  });

  test("is tried again when the server has too much to do", async () => {
    prepareJanus();
    const said = logger.warn.mockImplementation(() => undefined);
    const [ada] = await pair();
    server.busy = true;
    server.move("janus");
    await pass(3_000);
    expect(said).toHaveBeenCalled();
    expect(ada.health).toEqual({ ben: "connected" });
    server.busy = false;
    await pass(4_000);
    expect(janus.feeds.size).toBe(2);
    expect(ada.view.notice).toBe("movedToServer");
  });

  test("takes a member along that comes in meanwhile", async () => {
    prepareJanus();
    const [ada, ben] = await pair();
    server.move("janus");
    const cy = await new Caller("cy").join();
    await pass(4_000);
    expect(ada.health).toEqual({ ben: "connected", cy: "connected" });
    expect(ben.health).toEqual({ ada: "connected", cy: "connected" });
    expect(cy.health).toEqual({ ada: "connected", ben: "connected" });
    expect(open()).toHaveLength(6);
  });

  test("takes a member along whose session is from before it", async () => {
    prepareJanus();
    const [ada] = await pair();
    const cy = new Caller("cy");
    await cy.call.join([], { audio: false, video: false, screen: false });
    server.calls.set("cy", cy.call);
    server.move("janus");
    await pass(6_000);
    expect(server.failures).toEqual([]);
    expect(cy.health).toEqual({ ada: "connected", ben: "connected" });
    expect(ada.health).toEqual({ ben: "connected", cy: "connected" });
    expect(cy.view.notice).toBeNull();
  });

  test("is made up for by a member that learns too late that their session is from before it", async () => {
    prepareJanus();
    const [ada, ben] = await pair();
    server.move("janus");
    await pass(4_000);
    server.backdate(ada.call.sessionId);
    janus.kick([...janus.feeds.keys()].find((id) => id.startsWith("ada.")) ?? "");
    await pass(3_000);
    expect(server.failures).toEqual(["ada signaling_failed"]);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ben.health).toEqual({ ada: "connected" });
    expect(server.sessions).toHaveLength(2);
  });

  test("leaves the old room when everybody says to be in the new one, not before", async () => {
    prepareJanus();
    const [ada, ben] = await pair();
    const mesh = open();
    server.unheard = "ben";
    server.move("janus");
    await pass(MOVE_WITHIN_MS - 1_000);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ada.view.notice).toBe("movingToServer");
    expect(ben.view.notice).toBeNull();
    expect(mesh.filter((one) => one.signalingState === "closed")).toHaveLength(1);
    await pass(3_000);
    expect(mesh.filter((one) => one.signalingState === "closed")).toHaveLength(2);
    expect(ada.view.notice).toBe("movedToServer");
  });

  test("does not wait endlessly for a member that does not come along", async () => {
    prepareJanus();
    const [ada, ben] = await pair();
    server.calls.delete("ben");
    server.move("janus");
    await pass(MOVE_WITHIN_MS - 1_000);
    expect(ada.health).toEqual({ ben: "connected" });
    await pass(3_000);
    expect(ada.health).toEqual({ ben: "connecting" });
    expect(ada.view.notice).toBe("movedToServer");
    expect(ben.health).toEqual({ ada: "connected" });
  });
});

test("a mesh that begins a new generation stays as it is", async () => {
  const [ada, ben] = await pair();
  const before = open();
  server.move("webrtc");
  expect(await watch(ada, 2_000)).toEqual(new Set(["connected"]));
  expect(ben.health).toEqual({ ada: "connected" });
  expect(open()).toEqual(before);
});

test("a service that this page does not know is said to be one", async () => {
  const [ada] = await pair();
  server.move("getstream");
  await pass(1_000);
  expect(ada.view.notice).toBe("unsupported");
});

describe("credentials", () => {
  test("are renewed before they end, for open connections too", async () => {
    server.refreshAfterMs = 60_000;
    await pair();
    const before = open().map((one) => JSON.stringify(one.configuration.iceServers));
    await pass(61_000);
    const after = open().map((one) => JSON.stringify(one.configuration.iceServers));
    for (const [nth, one] of after.entries()) expect(one).not.toBe(before[nth]);
    expect(server.failures).toEqual([]);
  });

  test("are renewed at a media server", async () => {
    server.refreshAfterMs = 60_000;
    prepareJanus();
    server.place = { provider: "janus", generation: 1, state: "ready" };
    await pair();
    const before = open().map((one) => JSON.stringify(one.configuration.iceServers));
    await pass(61_000);
    const after = open().map((one) => JSON.stringify(one.configuration.iceServers));
    expect(after).toHaveLength(4);
    for (const [nth, one] of after.entries()) expect(one).not.toBe(before[nth]);
  });

  test("that do not end are asked for once", async () => {
    await pair();
    const asked = server.setups;
    await pass(120_000);
    expect(server.setups).toBe(asked);
  });
});
