/** One's own speech on its way: kept until its words are stored, sent again, bounded, and never after a mute. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type Hello,
  type SocketListener,
  SpeechSender,
  type SpeechSocket,
  type SpeechState,
} from "../src/captions/speech/sender";
import { encoded, KEPT_FRAMES, Unstored } from "../src/captions/speech/unstored";

const START = 1_800_000_000_000;
const FRAME = 100;
const HELLO: Hello = { token: "t", meetingId: "m", sessionId: "s", language: "en" };
const [LOUD, QUIET] = [-20, -90];
const SILENCE = new Int16Array(4);

class FakeSocket implements SpeechSocket {
  bufferedAmount = 0;
  closedWith: number | null = null;
  readonly said: { type: string; [name: string]: unknown }[] = [];
  readonly frames: number[] = [];

  constructor(private readonly listener: SocketListener) {}

  send(data: unknown): void {
    if (typeof data === "string") this.said.push(JSON.parse(data));
    else this.frames.push(new DataView(data as ArrayBuffer).getUint32(0, true));
  }
  close(code?: number): void {
    this.closedWith = code ?? 0;
  }
  open(): void {
    this.listener.opened();
  }
  listen(data: unknown): void {
    this.listener.message(data);
  }
  hear(message: object): void {
    this.listen(JSON.stringify(message));
  }
  ready(through = 0): void {
    this.open();
    this.hear({ type: "ready", engine: "scripted", interim: true, through });
  }
  lose(code = 1006): void {
    this.listener.closed(code);
  }
}

let sockets: FakeSocket[];
let states: SpeechState[];
let hello: Hello | null;
let sender: SpeechSender;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  sockets = [];
  states = [];
  hello = HELLO;
  const open = (listener: SocketListener) => {
    const made = new FakeSocket(listener);
    sockets.push(made);
    return made;
  };
  sender = new SpeechSender({ open, hello: () => hello }, (state) => states.push(state));
});
afterEach(() => {
  vi.useRealTimers();
});

const socket = (): FakeSocket => {
  const last = sockets.at(-1);
  if (!last) throw new Error("there is no socket");
  return last;
};
const state = () => states.at(-1);

/** Speak for so many frames, in real time. */
async function speak(frames: number, level = LOUD): Promise<void> {
  for (let turn = 0; turn < frames; turn++) {
    sender.offer({ samples: SILENCE, level, at: Date.now() });
    await vi.advanceTimersByTimeAsync(FRAME);
  }
}

const counted = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, place) => first + place);

describe("a sender", () => {
  it("opens no socket while nobody speaks", async () => {
    await speak(50, QUIET);
    expect(sockets).toHaveLength(0);
    expect(states).toEqual([]);
  });

  it("introduces itself, and sends what was said meanwhile in order", async () => {
    await speak(3);
    const [now] = [Date.now()];
    socket().ready();
    await vi.advanceTimersByTimeAsync(FRAME);
    expect(socket().said).toEqual([{ type: "start", ...HELLO, clock: now }]);
    expect(socket().frames).toEqual([1, 2, 3]);
    expect(state()?.link).toBe("open");
  });

  it("waits for a sign-in", async () => {
    hello = null;
    await speak(3);
    expect(sockets).toHaveLength(0);
    hello = HELLO;
    await speak(1);
    expect(sockets).toHaveLength(1);
  });

  it("sends again what was not stored, and nothing that was", async () => {
    await speak(5);
    socket().ready();
    await speak(5);
    socket().hear({ type: "through", sequence: 4 });
    socket().lose();
    await speak(10);
    expect(sockets).toHaveLength(2);
    socket().ready();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(socket().frames).toEqual(counted(5, 20));
  });

  it("tries again after failures, ever more slowly", async () => {
    for (let turn = 0; turn < 300; turn++) {
      await speak(1);
      if (sockets.length > 0) socket().lose();
    }
    expect(sockets.length).toBeGreaterThan(3);
    expect(sockets.length).toBeLessThan(9);
    expect(state()?.link).toBe("away");
  });

  it("keeps thirty seconds, and counts what it cannot keep", async () => {
    await speak(KEPT_FRAMES + 20);
    socket().ready();
    await vi.advanceTimersByTimeAsync(12_000);
    expect(socket().frames).toEqual(counted(21, KEPT_FRAMES + 20));
    expect(state()?.lost).toBe(2);
  });

  it("sends at most thirty frames a second, and none into a full socket", async () => {
    await speak(100);
    socket().ready();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(socket().frames.length).toBeLessThanOrEqual(40);
    expect(socket().frames.length).toBeGreaterThan(25);
    const before = socket().frames.length;
    socket().bufferedAmount = 100_000;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(socket().frames).toHaveLength(before);
  });

  it("asks for the last words at once when it is muted, after all frames", async () => {
    await speak(30);
    socket().ready();
    sender.mute();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(socket().frames).toEqual(counted(1, 30));
    expect(socket().said.filter((one) => one.type === "flush")).toHaveLength(1);
    await speak(50, QUIET);
    expect(socket().frames).toHaveLength(30);
  });

  it("asks for the last words again on another socket", async () => {
    await speak(3);
    socket().ready();
    sender.mute();
    await vi.advanceTimersByTimeAsync(FRAME);
    socket().lose();
    await vi.advanceTimersByTimeAsync(1_000);
    socket().ready();
    await vi.advanceTimersByTimeAsync(FRAME);
    expect(socket().frames).toEqual([1, 2, 3]);
    expect(socket().said.at(-1)).toEqual({ type: "flush" });
  });

  it("holds speech back during a pause, and sends it afterwards", async () => {
    await speak(2);
    socket().ready();
    await vi.advanceTimersByTimeAsync(FRAME);
    socket().hear({ type: "paused", reason: "busy", retryAfterMs: 2_000 });
    expect(state()).toMatchObject({ link: "paused", reason: "busy" });
    await speak(10);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(socket().frames).toEqual([1, 2]);
    socket().hear({ type: "ready", through: 1 });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(socket().frames).toEqual([1, 2, ...counted(2, 12)]);
    expect(state()).toMatchObject({ link: "open", reason: null });
  });

  it("waits with a server that has no engine, and says why", async () => {
    await speak(2);
    socket().open();
    socket().hear({ type: "paused", reason: "engine" });
    expect(state()).toMatchObject({ link: "paused", reason: "engine", retryAt: null });
    await speak(300);
    expect(sockets).toHaveLength(1);
    expect(socket().frames).toEqual([]);
  });

  it("says that words come late, until they have come", async () => {
    await speak(1);
    socket().ready();
    await speak(170);
    expect(state()?.behind).toBe(true);
    socket().hear({ type: "through", sequence: 171 });
    expect(state()?.behind).toBe(false);
  });

  it("leaves a socket on which nothing is heard, and tells its clock now and then", async () => {
    await speak(1);
    socket().ready();
    await vi.advanceTimersByTimeAsync(19_000);
    expect(sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(sockets).toHaveLength(2);
    socket().ready(1);
    await vi.advanceTimersByTimeAsync(31_000);
    expect(socket().said.at(-1)).toMatchObject({ type: "clock" });
  });

  it("closes its socket when nobody has spoken for a minute", async () => {
    await speak(1);
    socket().ready();
    socket().hear({ type: "through", sequence: 1 });
    await vi.advanceTimersByTimeAsync(61_000);
    expect(socket().closedWith).toBe(1_000);
    expect(state()?.link).toBe("idle");
    await speak(1);
    expect(sockets).toHaveLength(2);
  });

  it("does not press a server that refuses it", async () => {
    await speak(1);
    socket().lose(4_403);
    await speak(90);
    expect(sockets).toHaveLength(1);
    expect(state()?.link).toBe("refused");
    await speak(20);
    expect(sockets).toHaveLength(2);
  });

  it("tries no language again that the server does not know", async () => {
    await speak(1);
    socket().lose(4_406);
    await speak(300);
    expect(sockets).toHaveLength(1);
    expect(state()?.link).toBe("language");
  });

  it("ends when the server has answered, although some words are not stored", async () => {
    await speak(3);
    socket().ready();
    const closed = sender.close();
    socket().hear({ type: "through", sequence: 2, flushed: true });
    await vi.advanceTimersByTimeAsync(FRAME);
    await closed;
    expect(socket().closedWith).toBe(1_000);
  });

  it("ends once its words are stored", async () => {
    await speak(3);
    socket().ready();
    const closed = sender.close();
    await vi.advanceTimersByTimeAsync(FRAME);
    expect(socket().said.at(-1)).toEqual({ type: "flush" });
    expect(socket().closedWith).toBeNull();
    socket().hear({ type: "through", sequence: 3 });
    await vi.advanceTimersByTimeAsync(FRAME);
    await closed;
    expect(socket().closedWith).toBe(1_000);
  });

  it("ends after two seconds, whatever the server says", async () => {
    await speak(3);
    const closed = sender.close();
    await vi.advanceTimersByTimeAsync(2_200);
    await closed;
    expect(socket().closedWith).toBe(1_000);
    await speak(5);
    expect(sockets).toHaveLength(1);
  });

  it("ignores what it does not know", async () => {
    await speak(1);
    socket().ready();
    for (const data of ["no JSON", "[]", "null", "7", '{"type":"dance"}', '{"type":"through"}']) {
      socket().listen(data);
    }
    socket().listen(new ArrayBuffer(3));
    await speak(1);
    expect(socket().frames).toEqual([1, 2]);
  });
});

describe("a frame", () => {
  it("travels with its number and time", () => {
    const bytes = new DataView(encoded({ sequence: 7, at: START + 0.5, samples: Int16Array.of(1, -2) }));
    expect([bytes.byteLength, bytes.getUint32(0, true), bytes.getFloat64(4, true)]).toEqual([16, 7, START + 0.5]);
    expect([bytes.getInt16(12, true), bytes.getInt16(14, true)]).toEqual([1, -2]);
  });

  it("is found after any sequence while it is kept", () => {
    const unstored = new Unstored();
    for (let turn = 0; turn < 5; turn++) unstored.add(turn, SILENCE);
    unstored.settle(2);
    expect([0, 2, 3, 5].map((sequence) => unstored.after(sequence)?.sequence)).toEqual([3, 3, 4, undefined]);
    unstored.settle(9);
    expect([unstored.isEmpty, unstored.oldestAt, unstored.lastSequence]).toEqual([true, null, 5]);
  });
});
