import { Interrupted } from "@connvo/rtc";
import type { ConvexReactClient } from "convex/react";
import { ConvexError, type Value } from "convex/values";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

vi.stubGlobal("WebSocket", class extends EventTarget {});
const { ANSWERED_WITHIN_MS, signalling } = await import("../src/call/signalling");

const LOST = new Error("[CONVEX A(x:y)] Connection lost while action was in flight\n  Called by client");
const ACTIONS = ["iceSetup", "enterRoom", "enterCall", "reportFailure", "reportQuality"] as const;

let connected: boolean;
let listeners: Set<(state: { isWebSocketConnected: boolean }) => void>;
const action = vi.fn();
const mutation = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  connected = true;
  listeners = new Set();
  action.mockReset();
  mutation.mockReset();
});

afterEach(() => {
  vi.useRealTimers();
});

function server() {
  const client = {
    action,
    mutation,
    connectionState: () => ({ isWebSocketConnected: connected }),
    subscribeToConnectionState: (listener: (state: { isWebSocketConnected: boolean }) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return signalling(client as unknown as ConvexReactClient, "meeting", "ada");
}

function call(name: (typeof ACTIONS)[number]): Promise<unknown> {
  const made = server();
  if (name === "reportFailure") return made.reportFailure("s", "ice_failed", "");
  if (name === "reportQuality") return made.reportQuality("s", { bitrate: 1, packetLoss: 0, latency: 1, jitter: 1 });
  return made[name]("s");
}

function refusal(code: string, metadata = {}): ConvexError<Value> {
  return new ConvexError({ code, message: "no", metadata });
}

test.each(ACTIONS)("%s says that it was interrupted when its socket is lost", async (name) => {
  action.mockRejectedValue(LOST);
  await expect(call(name)).rejects.toBeInstanceOf(Interrupted);
});

test.each(ACTIONS)("%s is not left waiting in line while there is no connection", async (name) => {
  connected = false;
  await expect(call(name)).rejects.toBeInstanceOf(Interrupted);
  expect(action).not.toHaveBeenCalled();
});

test.each(ACTIONS)("%s is interrupted when no answer comes", async (name) => {
  action.mockReturnValue(new Promise(() => undefined));
  const asked = expect(call(name)).rejects.toBeInstanceOf(Interrupted);
  await vi.advanceTimersByTimeAsync(ANSWERED_WITHIN_MS);
  await asked;
});

test.each(ACTIONS)("%s that is refused stays refused", async (name) => {
  const no = refusal("FORBIDDEN");
  action.mockRejectedValue(no);
  await expect(call(name)).rejects.toBe(no);
});

test("a refusal that passes is an interruption, for as long as the server says", async () => {
  const hasty = refusal("RATE_LIMIT_EXCEEDED", { retryAfterSeconds: 3 });
  action.mockRejectedValue(hasty);
  mutation.mockRejectedValue(hasty);
  for (const name of ACTIONS) await expect(call(name)).rejects.toMatchObject({ waitMs: 3_000 });
  await expect(server().createSession("s")).rejects.toMatchObject({ waitMs: 3_000 });
  mutation.mockRejectedValue(refusal("SERVICE_UNAVAILABLE"));
  await expect(server().createSession("s")).rejects.toBeInstanceOf(Interrupted);
});

test("a media server that does not answer is not an interruption: it is told as a failure", async () => {
  const away = refusal("SERVICE_UNAVAILABLE", { reason: "unreachable" });
  action.mockRejectedValue(away);
  await expect(call("enterRoom")).rejects.toBe(away);
});

test("the server can be reached again when there is a connection again", async () => {
  connected = false;
  const back = vi.fn();
  void server().reachable().then(back);
  for (const one of listeners) one({ isWebSocketConnected: false });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(back).not.toHaveBeenCalled();
  for (const one of [...listeners]) one({ isWebSocketConnected: true });
  await vi.advanceTimersByTimeAsync(0);
  expect(back).toHaveBeenCalledTimes(1);
  expect(listeners.size).toBe(0);
});
