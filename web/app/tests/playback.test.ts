import { beforeEach, expect, test, vi } from "vitest";
import { Playback, type Player } from "../src/call/devices/playback";
import { settled } from "./fakeDevices";

/** Whether the browser plays sound before a press. */
let allowed = false;
let playback: Playback;

beforeEach(() => {
  allowed = false;
  playback = new Playback(true);
});

class FakePlayer {
  muted = false;
  paused = true;
  sink = "";
  srcObject: { active: boolean } | null = { active: true };
  failure: string | null = null;
  private readonly listeners = new Set<() => void>();

  async play(): Promise<void> {
    if (this.failure) throw new DOMException("", this.failure);
    if (!allowed && !this.muted) throw new DOMException("", "NotAllowedError");
    this.paused = false;
  }

  async setSinkId(deviceId: string): Promise<void> {
    this.sink = deviceId;
  }

  addEventListener = (_: string, listener: () => void) => void this.listeners.add(listener);
  removeEventListener = (_: string, listener: () => void) => void this.listeners.delete(listener);

  pause(): void {
    this.paused = true;
    for (const listener of this.listeners) listener();
  }
}

function add(player = new FakePlayer()): { player: FakePlayer; remove: () => void } {
  return { player, remove: playback.add(player as unknown as Player) };
}

test("sound that is held back waits for one press, and the picture goes on meanwhile", async () => {
  const [one, other] = [add().player, add().player];
  const seen = vi.fn();
  playback.subscribe(seen);
  await settled();
  expect(playback.isBlocked()).toBe(true);
  expect(seen).toHaveBeenCalled();
  for (const { muted, paused } of [one, other]) expect([muted, paused]).toEqual([true, false]);
  allowed = true;
  await playback.unblock();
  expect(playback.isBlocked()).toBe(false);
  for (const { muted, paused } of [one, other]) expect([muted, paused]).toEqual([false, false]);
  const { player: later } = add();
  await settled();
  expect([later.muted, later.paused, playback.isBlocked()]).toEqual([false, false, false]);
});

test("a press that is not enough leaves the button there", async () => {
  const { player } = add();
  await settled();
  await playback.unblock();
  await settled();
  expect([playback.isBlocked(), player.muted, player.paused]).toEqual([true, true, false]);
});

test("the button goes with those who were not heard", async () => {
  const { player, remove } = add();
  await settled();
  remove();
  expect([playback.isBlocked(), player.muted]).toEqual([false, false]);
  player.pause();
  expect(player.paused).toBe(true);
});

test("a member that has gone before the browser refuses leaves no button", async () => {
  const { remove } = add();
  remove();
  await settled();
  expect(playback.isBlocked()).toBe(false);
});

test("a stream that was replaced meanwhile is no refusal", async () => {
  const player = new FakePlayer();
  player.failure = "AbortError";
  add(player);
  await settled();
  expect([playback.isBlocked(), player.muted]).toEqual([false, false]);
});

test("media that the system has paused goes on, but for a stream that has ended", async () => {
  allowed = true;
  const { player } = add();
  await settled();
  player.pause();
  await settled();
  expect(player.paused).toBe(false);
  player.srcObject = { active: false };
  player.pause();
  await settled();
  expect(player.paused).toBe(true);
});

test("the speaker plays all members, also those that come later", async () => {
  allowed = true;
  const { player } = add();
  await playback.setSpeaker("s1");
  const { player: later } = add();
  expect([player.sink, later.sink]).toEqual(["s1", "s1"]);
  await playback.setSpeaker("");
  expect([player.sink, later.sink]).toEqual(["", ""]);
});

test("a speaker that cannot be used is refused", async () => {
  const { player } = add();
  player.setSinkId = () => Promise.reject(new DOMException("", "NotFoundError"));
  await expect(playback.setSpeaker("s1")).rejects.toThrow();
});

test("browsers that choose no speaker play all the same", async () => {
  allowed = true;
  const player = new FakePlayer();
  Object.assign(player, { setSinkId: undefined });
  await playback.setSpeaker("s1");
  add(player);
  await settled();
  expect(player.paused).toBe(false);
});
