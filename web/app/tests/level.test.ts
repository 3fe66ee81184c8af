import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchLevel } from "../src/call/devices/level";
import { FakeStream, FakeTrack, settled } from "./fakeDevices";

const LOUD = 192;

class FakeContext {
  static all: FakeContext[] = [];
  static most = 1;
  state = "suspended";
  onstatechange: (() => void) | null = null;
  resumes = 0;
  /** Whether the browser lets it run. */
  static allowed = true;
  /** Whether the device can be measured. */
  static measures = true;

  constructor() {
    if (FakeContext.open >= FakeContext.most) throw new DOMException("too many", "NotSupportedError");
    FakeContext.all.push(this);
  }

  static get open(): number {
    return FakeContext.all.filter(({ state }) => state !== "closed").length;
  }

  createAnalyser = () => ({ fftSize: 0, getByteTimeDomainData: (data: Uint8Array) => data.fill(LOUD) });
  createMediaStreamSource = () => {
    if (!FakeContext.measures) throw new DOMException("another sample rate", "NotSupportedError");
    return { connect: () => undefined };
  };

  async resume(): Promise<void> {
    this.resumes += 1;
    if (!FakeContext.allowed) throw new DOMException("", "NotAllowedError");
    this.turn("running");
  }

  async close(): Promise<void> {
    if (this.state === "closed") throw new DOMException("", "InvalidStateError");
    this.turn("closed");
  }

  turn(state: string): void {
    this.state = state;
    this.onstatechange?.();
  }
}

const presses = new Map<string, () => void>();
const frames = new Map<number, () => void>();
const track = new FakeTrack("audio", "m1") as unknown as MediaStreamTrack;

beforeEach(() => {
  FakeContext.all = [];
  FakeContext.allowed = FakeContext.measures = true;
  let frame = 0;
  vi.stubGlobal("AudioContext", FakeContext);
  vi.stubGlobal("MediaStream", FakeStream);
  vi.stubGlobal("requestAnimationFrame", (draw: () => void) => {
    frames.set(++frame, draw);
    return frame;
  });
  vi.stubGlobal("cancelAnimationFrame", (id: number) => frames.delete(id));
  vi.stubGlobal("addEventListener", (name: string, listener: () => void) => presses.set(name, listener));
  vi.stubGlobal("removeEventListener", (name: string) => presses.delete(name));
});
afterEach(() => {
  frames.clear();
  presses.clear();
  vi.unstubAllGlobals();
});

function draw(): void {
  const [last] = [...frames].slice(-1);
  if (!last) throw new Error("nothing is to be drawn");
  frames.delete(last[0]);
  last[1]();
}

test("the level is told with every picture, and nothing is left when it ends", () => {
  const onLevel = vi.fn();
  const stop = watchLevel(track, onLevel);
  draw();
  draw();
  expect(onLevel.mock.calls).toEqual([[0.5], [0.5]]);
  stop();
  expect(onLevel).toHaveBeenLastCalledWith(0);
  expect([FakeContext.open, frames.size, presses.size]).toEqual([0, 0, 0]);
});

test("one context at a time, however often the microphone changes", () => {
  for (let change = 0; change < 5; change += 1) watchLevel(track, vi.fn())();
  expect(FakeContext.all).toHaveLength(5);
  expect(FakeContext.open).toBe(0);
});

test("where there can be no more contexts there is no level, and no error", () => {
  watchLevel(track, vi.fn());
  const onLevel = vi.fn();
  const stop = watchLevel(track, onLevel);
  expect(frames.size).toBe(1);
  stop();
  expect(FakeContext.open).toBe(1);
});

test("a device that cannot be measured has no level, and leaves no context", () => {
  FakeContext.measures = false;
  watchLevel(track, vi.fn())();
  expect([FakeContext.all.length, FakeContext.open, frames.size]).toEqual([1, 0, 0]);
});

test("a context that may not run yet runs after a press", async () => {
  FakeContext.allowed = false;
  watchLevel(track, vi.fn());
  await settled();
  const [context] = FakeContext.all;
  expect(context?.state).toBe("suspended");
  FakeContext.allowed = true;
  presses.get("pointerup")?.();
  await settled();
  expect(context?.state).toBe("running");
});

test("one that is interrupted goes on, one that is closed stays so", async () => {
  const stop = watchLevel(track, vi.fn());
  await settled();
  const [context] = FakeContext.all;
  context?.turn("interrupted");
  await settled();
  expect(context?.state).toBe("running");
  const resumes = context?.resumes;
  stop();
  await settled();
  expect([context?.state, context?.resumes]).toEqual(["closed", resumes]);
});
