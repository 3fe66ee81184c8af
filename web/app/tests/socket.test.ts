import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

class FakeSocket extends EventTarget {
  onopen: unknown = null;
  onmessage: unknown = null;
  onerror: unknown = null;
  onclose: ((event: Event) => void) | null = null;
  sent: string[] = [];
  closing = false;
  constructor(readonly url: string) {
    super();
    this.addEventListener("close", (event) => this.onclose?.(event));
  }
  send(data: string): void {
    this.sent.push(data);
  }
  /** Nobody answers at the other end: the end of closing is not told. */
  close(): void {
    this.closing = true;
  }
}

class FakeCloseEvent extends Event {
  readonly code: number;
  constructor(type: string, { code }: { code: number }) {
    super(type);
    this.code = code;
  }
}

let calls: string[];

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("CloseEvent", FakeCloseEvent);
  vi.stubGlobal("dispatchEvent", (event: Event) => calls.push(event.type));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** Returns a socket that is open, and how it is probed. */
async function opened() {
  const { WatchedSocket, probe } = await import("../src/api/socket");
  const socket = new WatchedSocket("ws://server/sync");
  socket.onclose = () => calls.push("close");
  socket.dispatchEvent(new Event("open"));
  return { socket, probe };
}

describe("the socket to the server", () => {
  test("is left alone while nothing is asked", async () => {
    await opened();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(calls).toEqual([]);
  });

  test("is given up when a request is met with silence, and the client is to connect reauthenticate at once", async () => {
    const { socket } = await opened();
    socket.send('{"type":"Mutation","requestId":0}');
    await vi.advanceTimersByTimeAsync(7_900);
    expect(calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(calls).toEqual(["close", "online"]);
    socket.dispatchEvent(new FakeCloseEvent("close", { code: 1006 }));
    expect(calls).toEqual(["close", "online"]);
  });

  test("is kept while anything is heard, and messages without an answer are not waited for", async () => {
    const { socket } = await opened();
    socket.send('{"type":"Mutation","requestId":0}');
    socket.dispatchEvent(new Event("message"));
    socket.send('{"type":"Event","eventType":"x"}');
    await vi.advanceTimersByTimeAsync(600_000);
    expect(calls).toEqual([]);
  });

  test("knows the token that it was signed in with, for the last word of the page", async () => {
    const { socket } = await opened();
    const { socketToken } = await import("../src/api/socket");
    expect(socketToken()).toBeNull();
    socket.send('{"type":"Authenticate","baseVersion":0,"tokenType":"User","value":"first"}');
    socket.send('{"type":"Authenticate","baseVersion":1,"tokenType":"User","value":"second"}');
    expect(socketToken()).toBe("second");
    socket.send('{"type":"Authenticate","baseVersion":2,"tokenType":"None"}');
    expect(socketToken()).toBeNull();
  });

  test("has longer for an action, which may wait for another service", async () => {
    const { socket } = await opened();
    socket.send('{"type":"Action","requestId":0}');
    await vi.advanceTimersByTimeAsync(15_900);
    expect(calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(calls).toEqual(["close", "online"]);
  });

  test("has a second when there is doubt", async () => {
    const { socket, probe } = await opened();
    socket.send('{"type":"Mutation","requestId":0}');
    probe();
    await vi.advanceTimersByTimeAsync(1_100);
    expect(calls).toEqual(["close", "online"]);
  });

  test("that never opens is given up, too, and there is a pause before the next", async () => {
    const { WatchedSocket } = await import("../src/api/socket");
    const socket = new WatchedSocket("ws://server/sync");
    socket.onclose = () => calls.push("close");
    await vi.advanceTimersByTimeAsync(4_100);
    expect(calls).toEqual(["close"]);
    await vi.advanceTimersByTimeAsync(500);
    expect(calls).toEqual(["close", "online"]);
  });
});
