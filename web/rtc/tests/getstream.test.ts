import { beforeEach, describe, expect, test, vi } from "vitest";
import { CONNECT_WITHIN_MS } from "../src/monitor/silence";
import { AUDIO, SCREEN_SHARE, VIDEO } from "../src/rooms/getstream/sdk";
import { FakeStreamService } from "./fakeStream";
import { Caller, logger, open, pass, server, track } from "./guests";

let service: FakeStreamService;

beforeEach(() => {
  service = new FakeStreamService();
  server.stream = service.facts;
  server.callId = "the call";
  server.place = { provider: "getstream", generation: 1, state: "ready" };
});

async function two(...tracks: MediaStreamTrack[]): Promise<[Caller, Caller]> {
  const ada = await new Caller("ada").join(tracks.length > 0 ? tracks : [track("audio"), track("video")]);
  const ben = await new Caller("ben").join([track("audio"), track("video")]);
  await pass(3_500);
  expect(ada.health).toEqual({ ben: "connected" });
  expect(ben.health).toEqual({ ada: "connected" });
  return [ada, ben];
}

/** What somebody sees of another: the kinds, in the order in which they came. */
function seen(guest: Caller, userId: string): string[] {
  const peer = guest.view.peers.find((one) => one.userId === userId);
  return (peer?.stream.getTracks() ?? []).map(({ kind }) => kind).sort();
}

describe("a call at GetStream", () => {
  test("is carried by the client of the deployment, loaded once it is needed", async () => {
    const [ada, ben] = await two();
    expect(seen(ada, "ben")).toEqual(["audio", "video"]);
    expect(seen(ben, "ada")).toEqual(["audio", "video"]);
    expect(ada.view.notice).toBeNull();
    expect(server.failures).toEqual([]);
    expect(open()).toEqual([]);
    const [client] = service.clients;
    expect(client?.given).toMatchObject({ apiKey: "key", options: { baseURL: "https://api" } });
    expect(client?.user).toEqual({ id: "ada" });
    expect(service.of("ada").cid).toBe("default:the call");
  });

  test("sends this page's tracks: the devices of that client stay off", async () => {
    await two();
    expect(service.of("ada").off.sort()).toEqual(["camera", "complaining", "listening", "microphone"]);
    expect(service.of("ada").joins).toBe(1);
  });

  test("of one person is sent, and nothing is received", async () => {
    const ada = await new Caller("ada").join();
    await pass(20_000);
    expect(Object.keys(service.sent("ada"))).toEqual([String(AUDIO)]);
    expect(server.failures).toEqual([]);
    expect(ada.view.notice).toBeNull();
  });

  test("of members that send nothing is one, too", async () => {
    const ada = await new Caller("ada").join([]);
    const ben = await new Caller("ben").join([]);
    await pass(15_000);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ben.health).toEqual({ ada: "connected" });
    expect(server.failures).toEqual([]);
  });

  test("is entered with the token of the way in, and asks for another one when that has ended", async () => {
    await two();
    const [client] = service.clients;
    expect(client?.tokens).toEqual(["ada 0"]);
    await client?.renew();
    expect(client?.tokens).toEqual(["ada 0", "ada 2"]);
    expect(server.tokens).toEqual(["ada 0", "ben 1", "ada 2"]);
  });

  test("shows nobody whom the server does not name, and asks for no picture of them", async () => {
    const [ada] = await two();
    const mallory = await new Caller("mallory").join([track("video")]);
    await pass(1_000);
    server.calls.delete("mallory");
    server.end(mallory.call.sessionId);
    await pass(1_000);
    expect(service.present).toHaveLength(3);
    expect(Object.keys(ada.health)).toEqual(["ben"]);
    expect([...service.of("ada").wanted.keys()]).toEqual([service.of("ben").sessionId]);
  });

  test("asks for smaller pictures the more people there are", async () => {
    await two();
    const { wanted } = service.of("ada");
    expect([...wanted.values()]).toEqual([{ width: 1280, height: 720 }]);
    await new Caller("cy").join([track("video")]);
    await pass(1_000);
    expect([...wanted.values()]).toEqual([
      { width: 640, height: 360 },
      { width: 640, height: 360 },
    ]);
  });

  test("goes on with the others when a member has left whose media was just requested", async () => {
    logger.warn.mockImplementation(() => undefined);
    const [ada, ben] = await two();
    const cy = await new Caller("cy").join([track("audio"), track("video")]);
    service.of("ada").unknown.add(service.of("ben").sessionId);
    await pass(3_000);
    const dee = await new Caller("dee").join([track("audio"), track("video")]);
    await pass(4_000);
    for (const one of [cy, dee]) expect(seen(ada, one.name)).toEqual(["audio", "video"]);
    expect(ada.health).toMatchObject({ cy: "connected", dee: "connected" });
    expect(ben.health).toMatchObject({ ada: "connected", cy: "connected" });
    expect(server.failures).toEqual([]);
  });

  test("takes the newest page of a person of whom an older one is still there", async () => {
    const [ada] = await two();
    const old = service.of("ben");
    const again = await new Caller("ben").join([track("video")]);
    await pass(2_000);
    expect(again.view.notice).toBeNull();
    old.present = true;
    service.tell();
    await pass(1_000);
    const [peer] = ada.view.peers;
    expect(peer?.stream.getTracks().map(({ id }) => id)).toEqual([`video of ${service.of("ben").sessionId}`]);
  });
});

describe("sent media", () => {
  test("comes and goes with microphone, camera and screen", async () => {
    const [ada, ben] = await two();
    await ada.call.setTrack("video", null);
    await pass(500);
    expect(seen(ben, "ada")).toEqual(["audio"]);
    await ada.call.setTrack("video", track("video", "screen"));
    await pass(500);
    expect(seen(ben, "ada")).toEqual(["audio", "video"]);
    expect(service.sent("ada")[VIDEO]).toMatch(/^screen of/);
    await ada.call.setTrack("video", track("video", "camera"));
    await pass(500);
    expect(service.sent("ada")[VIDEO]).toMatch(/^camera of/);
    expect(ben.health).toEqual({ ada: "connected" });
  });

  test("by another member's client as a screen is seen before their camera, while it is sent", async () => {
    const [ada] = await two();
    const picture = () => ada.view.peers[0]?.stream.getTracks().find(({ kind }) => kind === "video")?.id;
    await service.of("ben").publish(new MediaStream([track("video", "screen")]), SCREEN_SHARE);
    await pass(500);
    expect(picture()).toMatch(/^screen of/);
    await service.of("ben").stopPublish(SCREEN_SHARE);
    await pass(500);
    expect(picture()).toMatch(/^video of/);
  });

  test("is taken out at once when it is muted, as that client sends copies", async () => {
    const microphone = track("audio");
    const [ada, ben] = await two(microphone);
    microphone.enabled = false;
    const done = ada.call.setTrack("audio", microphone);
    expect(service.sent("ada")).toEqual({});
    await done;
    await pass(10_000);
    expect(service.sent("ada")).toEqual({});
    expect(ben.health).toEqual({ ada: "connected" });
    microphone.enabled = true;
    await ada.call.setTrack("audio", microphone);
    await pass(500);
    expect(seen(ben, "ada")).toEqual(["audio"]);
    expect(server.failures).toEqual([]);
  });

  test("is taken out, too, when it is muted while it is being put in", async () => {
    const own = track("audio");
    own.enabled = false;
    const [ada] = await two(own);
    const call = service.of("ada");
    const publish = call.publish.bind(call);
    let taken: () => void = () => undefined;
    vi.spyOn(call, "publish").mockImplementation(async (...given) => {
      await publish(...given);
      await new Promise<void>((done) => (taken = done));
    });
    own.enabled = true;
    void ada.call.setTrack("audio", own);
    await pass(100);
    expect(Object.keys(service.sent("ada"))).toHaveLength(1);
    own.enabled = false;
    void ada.call.setTrack("audio", own);
    expect(service.sent("ada")).toEqual({});
    taken();
    await pass(1_000);
    expect(service.sent("ada")).toEqual({});
  });

  test("is a copy, whose end by that client ends nothing here, and which ends when it is not sent any more", async () => {
    const camera = track("video");
    const [ada, ben] = await two(camera);
    const first = service.of("ada").given.get(VIDEO);
    first?.stop();
    await pass(1_000);
    expect(camera.readyState).toBe("live");
    const second = service.of("ada").given.get(VIDEO);
    expect(second?.readyState).toBe("live");
    expect(seen(ben, "ada")).toEqual(["video"]);
    await ada.call.leave();
    expect(second?.readyState).toBe("ended");
    expect(camera.readyState).toBe("live");
  });

  test("is not sent when it has ended", async () => {
    const camera = track("video");
    camera.stop();
    await two(camera);
    expect(service.sent("ada")).toEqual({});
    expect(server.failures).toEqual([]);
  });

  test("that is not taken is offered again, and told when that does not help", async () => {
    service.deaf = true;
    await new Caller("ada").join();
    await pass(CONNECT_WITHIN_MS - 1_000);
    expect(server.failures).toEqual([]);
    await pass(2_000);
    expect(server.failures).toEqual(["ada signaling_failed"]);
    service.deaf = false;
    await pass(3_000);
    expect(Object.keys(service.sent("ada"))).toEqual([String(AUDIO)]);
  });
});

describe("a member that cannot come in", () => {
  test("tells it, and comes in again with another client when the server says so", async () => {
    service.refuses = true;
    server.waitMs = 500;
    const ada = await new Caller("ada").join();
    await pass(500);
    expect(server.failures).toEqual(["ada signaling_failed"]);
    expect(ada.view.notice).toBe("reconnecting");
    service.refuses = false;
    await pass(1_000);
    expect(service.present).toHaveLength(1);
    expect(service.clients).toHaveLength(2);
    expect(service.clients[0]?.gone).toBe(true);
    expect(ada.view.notice).toBeNull();
  });

  test("because nobody answers, tells it in time", async () => {
    service.slow = true;
    await new Caller("ada").join();
    await pass(CONNECT_WITHIN_MS + 1_000);
    expect(server.failures).toEqual(["ada connection_timeout"]);
  });

  test("and is let in when this stay has been given up already, leaves again", async () => {
    service.slow = true;
    const ada = await new Caller("ada").join();
    const call = service.of("ada");
    await ada.call.leave();
    const before = call.leaves;
    call.letIn();
    await pass(100);
    expect(call.leaves).toBe(before + 1);
    expect(service.present).toEqual([]);
  });

  test("because the server cannot let anybody in, tells it", async () => {
    server.callId = null;
    await new Caller("ada").join();
    await pass(500);
    expect(server.failures[0]).toBe("ada signaling_failed");
    expect(service.clients).toEqual([]);
  });

  test("because the file is not there tells it, and comes in once it is", async () => {
    service.missing = true;
    await new Caller("ada").join();
    await pass(500);
    expect(server.failures[0]).toBe("ada signaling_failed");
    service.missing = false;
    await pass(1_000);
    expect(service.present).toHaveLength(1);
  });

  test("because the file is another one tells it", async () => {
    service.wrong = true;
    await new Caller("ada").join();
    await pass(500);
    expect(server.failures[0]).toBe("ada signaling_failed");
  });
});

describe("when a connection to GetStream is lost", () => {
  test("its client repairs it, and the media is sent again", async () => {
    const [ada, ben] = await two();
    service.of("ada").lose();
    await pass(2_000);
    expect(ada.view.notice).toBe("reconnecting");
    expect(ada.health).toEqual({ ben: "reconnecting" });
    service.of("ada").comeBack();
    await pass(3_000);
    expect(Object.keys(service.sent("ada"))).toHaveLength(2);
    expect(seen(ben, "ada")).toEqual(["audio", "video"]);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ada.view.notice).toBeNull();
    expect(server.failures).toEqual([]);
  });

  test("for longer than connecting may take, the server is asked, and one comes in again", async () => {
    const [ada, ben] = await two();
    const old = service.of("ada");
    old.lose();
    await pass(CONNECT_WITHIN_MS - 1_000);
    expect(server.failures).toEqual([]);
    await pass(4_000);
    expect(server.failures).toEqual(["ada connection_timeout"]);
    expect(old.leaves).toBe(1);
    expect(service.of("ada")).not.toBe(old);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(ben.health).toEqual({ ada: "connected" });
  });

  test("for good, the server is asked at once", async () => {
    for (const state of ["left", "reconnecting-failed"]) {
      server.failures.length = 0;
      const one = await new Caller(`one ${state}`).join();
      await pass(500);
      service.of(one.name).drop(state);
      await pass(500);
      expect(server.failures).toEqual([`one ${state} signaling_failed`]);
    }
  });

  test("without anybody saying so, it is noticed by silence", async () => {
    const [ada] = await two();
    service.cut = true;
    await pass(5_000);
    expect(server.failures.sort()).toEqual(["ada ice_failed", "ben ice_failed"]);
    service.cut = false;
    await pass(3_000);
    expect(ada.health).toEqual({ ben: "connected" });
  });

  test("by a removed member, and nothing helps, that is said", async () => {
    const [ada, ben] = await two();
    server.retry = false;
    service.of("ben").drop("left");
    await pass(1_000);
    expect(server.failures).toEqual(["ben signaling_failed"]);
    expect(ben.view.notice).toBe("lost");
    expect(ada.health).toEqual({ ben: "reconnecting" });
  });
});

describe("a room at GetStream", () => {
  test("is moved to from the mesh, and the mesh goes on until it carries", async () => {
    server.place = { provider: "webrtc", generation: 0, state: "ready" };
    const ada = await new Caller("ada").join();
    const ben = await new Caller("ben").join();
    await pass(1_500);
    expect(service.clients).toEqual([]);
    server.move("getstream");
    for (let gone = 0; gone < 4_000; gone += 100) {
      await pass(0);
      expect(ada.health).toEqual({ ben: "connected" });
    }
    expect(ada.view.notice).toBe("movedToServer");
    expect(ben.health).toEqual({ ada: "connected" });
    expect(open()).toEqual([]);
    expect(service.present).toHaveLength(2);
  });

  test("is left when it moves away, and by a member that leaves", async () => {
    const [ada, ben] = await two();
    server.move("webrtc");
    await pass(4_000);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(service.present).toEqual([]);
    expect(service.clients.every(({ gone }) => gone)).toBe(true);
    await ben.call.leave();
    expect(server.failures).toEqual([]);
  });

  test("is left by a member that leaves", async () => {
    const [ada, ben] = await two();
    server.calls.delete("ben");
    await ben.call.leave();
    await pass(1_000);
    expect(service.present).toHaveLength(1);
    expect(service.clients[1]?.gone).toBe(true);
    expect(ada.health).toEqual({});
  });

  test("that fails while it was closed is entered again when it opens", async () => {
    const [ada] = await two();
    service.of("ada").drop("left");
    server.place = { ...server.place, state: "closed" };
    server.tell();
    await pass(3_000);
    expect(server.failures).toEqual([]);
    server.place = { ...server.place, state: "ready" };
    server.tell();
    await pass(3_000);
    expect(ada.health).toEqual({ ben: "connected" });
    expect(server.failures).toEqual([]);
  });

  test("is one that the page cannot be in where there is no client, and it says so", async () => {
    server.stream = null;
    const ada = await new Caller("ada").join();
    await pass(1_000);
    expect(ada.view.notice).toBe("unsupported");
    expect(server.failures).toEqual([]);
  });

  test("is entered as soon as the server says whether there is a client", async () => {
    const said = logger.warn.mockImplementation(() => undefined);
    server.secretive = true;
    const ada = await new Caller("ada").join();
    await pass(2_000);
    expect(said).toHaveBeenCalled();
    expect(ada.view.notice).toBeNull();
    server.secretive = false;
    await pass(2_000);
    expect(service.present).toHaveLength(1);
  });
});
