/** Devices that are turned on and off while a page comes into a room at a media server. */

import { describe, expect, test, vi } from "vitest";
import { VIDEO } from "../src/rooms/getstream/sdk";
import { FakeStreamService } from "./fakeStream";
import { Caller, janus, open, pass, server, track } from "./guests";

/** What is sent of the pictures of this page, on any connection. */
function pictures(): (MediaStreamTrack | null)[] {
  const lines = open().flatMap((one) => one.getTransceivers());
  return lines.flatMap(({ sender }) => (sender.track?.kind === "video" ? [sender.track] : []));
}

describe.each(["create", "attach", "join", "configure"])("at Janus, when it is asked to %s", (moment) => {
  async function entering(tracks: MediaStreamTrack[], change: (guest: Caller) => void): Promise<void> {
    server.place = { provider: "janus", generation: 1, state: "ready" };
    server.entry = { url: "ws://janus", roomId: janus.room, feedId: "", token: "t", apiToken: "t" };
    const guest = new Caller("ada");
    const take = janus.take.bind(janus);
    let changed = false;
    vi.spyOn(janus, "take").mockImplementation((socket, message) => {
      if (!changed && (message.body?.request ?? message.janus) === moment) {
        changed = true;
        change(guest);
      }
      take(socket, message);
    });
    await guest.join(tracks);
    await pass(1_500);
    expect(changed).toBe(true);
  }

  test("a camera that is turned off is not sent", async () => {
    await entering([track("audio"), track("video")], ({ call }) => void call.setTrack("video", null));
    expect(pictures()).toEqual([]);
  });

  test("a camera that is turned on is sent", async () => {
    const camera = track("video");
    await entering([track("audio")], ({ call }) => void call.setTrack("video", camera));
    expect(pictures()).toEqual([camera]);
  });
});

describe("at GetStream, while its client is loaded", () => {
  async function entering(tracks: MediaStreamTrack[], track: MediaStreamTrack | null): Promise<Record<string, string>> {
    const service = new FakeStreamService();
    const guest = new Caller("ada");
    const { load } = service.facts;
    server.stream = {
      ...service.facts,
      load: async () => {
        await guest.call.setTrack("video", track);
        return load();
      },
    };
    server.callId = "the call";
    server.place = { provider: "getstream", generation: 1, state: "ready" };
    await guest.join(tracks);
    await pass(1_500);
    return service.sent("ada");
  }

  test("a camera that is turned off is not sent", async () => {
    const sent = await entering([track("audio"), track("video")], null);
    expect(sent[VIDEO]).toBeUndefined();
  });

  test("a camera that is turned on is sent", async () => {
    const sent = await entering([track("audio")], track("video", "camera"));
    expect(sent[VIDEO]).toMatch(/^camera of/);
  });
});
