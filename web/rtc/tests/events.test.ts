import { describe, expect, test, vi } from "vitest";
import { CallError, CallLeft } from "../src/errors";
import { Emitter } from "../src/events";
import { Caller, logger, pair, pass, server } from "./guests";

describe("events", () => {
  test("reach every listener, until it stops", () => {
    const emitter = new Emitter<{ said: string; done: undefined }>();
    const heard: string[] = [];
    const stop = emitter.on("said", (word) => heard.push(`one ${word}`));
    emitter.on("said", (word) => heard.push(`two ${word}`));
    emitter.on("done", () => heard.push("done"));
    emitter.emit("said", "a");
    stop();
    emitter.emit("said", "b");
    emitter.emit("done", undefined);
    expect(heard).toEqual(["one a", "two a", "two b", "done"]);
  });

  test("of a notice come when it changes, and not at every look", async () => {
    const [ada] = await pair();
    const notices = vi.fn();
    ada.call.on("notice", notices);
    await pass(3_000, true);
    expect(notices.mock.calls).toEqual([["reconnecting"]]);
    await pass(6_000);
    expect(notices.mock.calls.at(-1)).toEqual([null]);
  });

  test("tell once that another page has the call", async () => {
    const [, ben] = await pair();
    const replaced = vi.fn();
    ben.call.on("replaced", replaced);
    await new Caller("ben").join();
    ben.call.setSessions(server.sessions, new Set(["ada", "ben"]));
    await pass(2_000);
    expect(replaced).toHaveBeenCalledOnce();
    expect(ben.call.isReplaced).toBe(true);
  });
});

describe("errors and warnings", () => {
  test("a call that is left while it is joined says so", async () => {
    server.goAway();
    const ada = new Caller("ada");
    const joined = ada.call.join([], { audio: false, video: false, screen: false });
    const refused = expect(joined).rejects.toThrow(CallLeft);
    await pass(500);
    void ada.call.leave();
    await refused;
    expect(new CallLeft()).toBeInstanceOf(CallError);
    expect(new CallLeft().name).toBe("CallLeft");
  });

  test("a retried call is reported to the logger, with its cause", async () => {
    const [ada] = await pair();
    logger.warn.mockImplementation(() => undefined);
    server.refusal = new Error("not now");
    await pass(4_000, true);
    expect(logger.warn).toHaveBeenCalledWith("recovery failed; retrying", server.refusal);
    expect(ada.view.notice).toBe("reconnecting");
  });
});
