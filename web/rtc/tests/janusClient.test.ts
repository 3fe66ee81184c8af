import { describe, expect, test, vi } from "vitest";
import { ANSWER_WITHIN_MS, type HandleEvents, JanusClient, KEEPALIVE_EVERY_MS } from "../src/rooms/janus/client";
import { janus } from "./guests";

const QUIET: HandleEvents = { onMessage: () => {}, onTrickle: () => {}, onHangup: () => {} };

async function opened(): Promise<{ session: JanusClient; gone: string[] }> {
  const gone: string[] = [];
  return { session: await JanusClient.open("ws://janus", { token: "let me in" }, (why) => gone.push(why)), gone };
}

describe("a session with the media server", () => {
  test("gives the plugin's answer, not the acknowledgement before it", async () => {
    const { session } = await opened();
    const handle = await session.attach("plugin", QUIET);
    const joined = await handle.message({ request: "join", ptype: "publisher", room: janus.room, id: "ada.1" });
    expect(joined.data.videoroom).toBe("joined");
  });

  test("tells a refusal by its code", async () => {
    const { session } = await opened();
    const handle = await session.attach("plugin", QUIET);
    const asked = handle.message({ request: "join", room: "elsewhere" });
    await expect(asked).rejects.toMatchObject({ code: 426, message: "No such room" });
  });

  test("waits for an answer only so long", async () => {
    const { session, gone } = await opened();
    janus.mute = true;
    const asked = expect(session.attach("plugin", QUIET)).rejects.toThrow("did not answer within 5 s");
    await vi.advanceTimersByTimeAsync(ANSWER_WITHIN_MS);
    await asked;
    expect(gone).toEqual([]);
  });

  test("cannot be opened where nobody is, and says nothing more", async () => {
    janus.down = true;
    const gone: string[] = [];
    const opening = JanusClient.open("ws://janus", {}, (why) => gone.push(why));
    await expect(opening).rejects.toThrow("has closed the connection");
    expect(gone).toEqual([]);
    expect(janus.sockets.size).toBe(0);
  });

  test("is gone at once when the socket closes, with all that was asked", async () => {
    const { session, gone } = await opened();
    janus.mute = true;
    const asked = expect(session.attach("plugin", QUIET)).rejects.toThrow("has closed the connection");
    janus.kill();
    await asked;
    expect(gone).toEqual(["the media server has closed the connection"]);
    await expect(session.attach("plugin", QUIET)).rejects.toThrow("is closed");
  });

  test("is kept alive, and gone when that is not answered", async () => {
    const { gone } = await opened();
    await vi.advanceTimersByTimeAsync(3 * KEEPALIVE_EVERY_MS);
    expect(janus.asked.filter((name) => name === "keepalive")).toHaveLength(3);
    expect(gone).toEqual([]);
    janus.mute = true;
    await vi.advanceTimersByTimeAsync(KEEPALIVE_EVERY_MS + ANSWER_WITHIN_MS);
    expect(gone).toEqual(["the media server does not answer any more"]);
    expect(janus.sockets.size).toBe(0);
  });

  test("that is closed from here is not gone, and asks nothing more", async () => {
    const { session, gone } = await opened();
    session.close();
    const asked = janus.asked.length;
    await vi.advanceTimersByTimeAsync(3 * KEEPALIVE_EVERY_MS);
    expect(gone).toEqual([]);
    expect(janus.asked).toHaveLength(asked);
  });
});
