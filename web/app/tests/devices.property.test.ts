/** Presses, failures, arrivals and unplugging in any order: what must hold after each of them, and in the end. */

import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { INTERRUPTED_AFTER_MS } from "../src/call/devices/capture";
import type { Kind, LocalDevices } from "../src/call/devices/index";
import { type Device, FakeBrowser, FakeCall, FakeStream, page, settled } from "./fakeDevices";

const RUNS = 500;
const KINDS: Kind[] = ["audio", "video"];
const ERRORS = ["NotAllowedError", "NotFoundError", "NotReadableError", "AbortError", "OverconstrainedError"];
const DEVICES = new FakeBrowser().devices;

beforeAll(() => {
  vi.useFakeTimers();
  vi.stubGlobal("MediaStream", FakeStream);
});
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** One page, what its user wished last, and what the call was given. */
class World {
  readonly browser = new FakeBrowser();
  devices!: LocalDevices;
  call: FakeCall | null = null;
  released = false;
  /** The last wish; undefined where something else than a press has decided. */
  wish: Record<Kind, boolean> = { audio: true, video: true };

  async open(): Promise<this> {
    this.devices = await page(this.browser);
    return this;
  }

  /** A press means the opposite of what is shown; while the browser asks, the answer is given there. */
  press(kind: Kind): void {
    const { on, opening, asking } = this.devices.getView()[kind];
    const asked = asking && this.call !== null;
    if (!this.released && !asked) this.wish[kind] = !(on || opening);
    this.devices.toggle(kind);
  }
}

type Step = { name: string; run(world: World): unknown };
const step = (name: string, run: Step["run"]): Step => ({ name, run });
const each = <T>(values: readonly T[], make: (value: T) => Step) => fc.constantFrom(...values).map(make);

const answer = fc.oneof(
  fc.constant(step("grant", ({ browser }) => browser.asked.length > 0 && browser.grant())),
  each(ERRORS, (name) => step(`fail ${name}`, ({ browser }) => browser.asked.length > 0 && browser.fail(name))),
);
const user = fc.oneof(
  each(KINDS, (kind) => step(`press ${kind}`, (world) => world.press(kind))),
  fc.constant(step("share", ({ devices }) => devices.share())),
  each(["m1", "m2", "", "gone"], (id) => step(`choose ${id}`, ({ devices }) => devices.choose("audio", id))),
  each(["c1", "c2", "", "gone"], (id) => step(`choose ${id}`, ({ devices }) => devices.choose("video", id))),
);
const hardware = fc.oneof(
  each(DEVICES, ({ deviceId }) => step(`unplug ${deviceId}`, ({ browser }) => browser.unplug(deviceId))),
  each(DEVICES, ({ deviceId }) => step(`lose ${deviceId}`, ({ browser }) => browser.unplug(deviceId, true))),
  each(DEVICES, (device: Device) => step(`plug ${device.deviceId}`, ({ browser }) => browser.plug(device))),
  each([true, false], (muted) =>
    step(`interrupt ${muted}`, ({ browser }) => {
      browser.live.at(-1)?.mute(muted);
      vi.advanceTimersByTime(INTERRUPTED_AFTER_MS);
    }),
  ),
  fc.constant(step("die", ({ browser }) => browser.live.at(-1)?.die())),
);
const page_ = fc.oneof(
  fc.constant(
    step("another room", (world) => {
      world.call = new FakeCall();
      world.devices.attach(world.call);
    }),
  ),
  fc.constant(
    step("no room", (world) => {
      world.call = null;
      world.devices.attach(null);
    }),
  ),
  fc.constant(
    step("release", (world) => {
      world.released = true;
      world.devices.release();
    }),
  ),
  fc.constant(
    step("resume", (world) => {
      world.released = false;
      world.devices.resume();
    }),
  ),
);
const steps = fc.array(
  fc.oneof({ weight: 4, arbitrary: answer }, { weight: 4, arbitrary: user }, { weight: 2, arbitrary: hardware }, page_),
  { maxLength: 40 },
);

function check({ browser, devices, call, released }: World): void {
  const { audio, video, state, shown, outgoing } = devices.getView();
  expect(state.audio).toBe(audio.on);
  expect(state.video).toBe(video.on);
  // what is captured is shown as captured, unless it is silent
  const captured = browser.live.filter(({ enabled, muted }) => enabled && !muted);
  const cameras = captured.filter(({ kind, deviceId }) => kind === "video" && deviceId !== "screen");
  expect(captured.filter(({ kind }) => kind === "audio")).toHaveLength(audio.on ? 1 : 0);
  expect(cameras).toHaveLength(video.on ? 1 : 0);
  expect(browser.live.filter(({ deviceId }) => deviceId === "screen")).toHaveLength(state.screen ? 1 : 0);
  // a camera is never kept open without being shown; of a kind there is one device at most
  for (const kind of KINDS) {
    const live = browser.live.filter((track) => track.kind === kind && track.deviceId !== "screen");
    expect(live.length).toBeLessThanOrEqual(1);
  }
  expect(browser.live.filter(({ kind, enabled }) => kind === "video" && !enabled)).toEqual([]);
  if (released) expect(browser.live).toEqual([]);
  // what is sent is what is told
  if (call) {
    const heard = call.sent.audio;
    const seen = call.sent.video;
    for (const kind of KINDS) expect(call.enabled[kind]).toBe(call.sent[kind]?.enabled ?? false);
    expect(heard?.readyState === "live" && heard.enabled && !heard.muted).toBe(state.audio);
    expect(seen?.readyState === "live" && !seen.muted).toBe(state.screen ? !seen?.muted : state.video);
    if (state.screen) expect(seen?.deviceId).toBe("screen");
    expect(outgoing.getTracks()).toEqual([heard, seen].filter((track) => track !== null));
  }
  expect(shown.getVideoTracks().every(({ readyState }) => readyState === "live")).toBe(true);
}

/** Answer whatever is still asked for: what was wished last holds, or the page says why not. */
async function settle(world: World): Promise<void> {
  for (const device of DEVICES) await world.browser.plug(device);
  for (const track of world.browser.live) if (track.muted) track.mute(false);
  await world.browser.grantAll();
  vi.runOnlyPendingTimers();
  check(world);
  const view = world.devices.getView();
  for (const kind of KINDS) {
    const { on, opening, problem } = view[kind];
    expect(opening).toBe(false);
    if (world.released || !world.wish[kind]) expect(on).toBe(false);
    else expect(on || problem !== null).toBe(true);
  }
}

test("whatever happens, in whatever order", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const world = await new World().open();
      for (const { run } of sequence) {
        await run(world);
        await settled();
        check(world);
      }
      await settle(world);
      world.devices.release();
      await world.browser.grantAll();
      expect(world.browser.live).toEqual([]);
    }),
    { numRuns: RUNS },
  );
}, 60_000);
