import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { INTERRUPTED_AFTER_MS } from "../src/call/devices/capture";
import { FAULT_SHOWN_MS } from "../src/call/devices/faultNotice";
import { LocalDevices } from "../src/call/devices/index";
import { STABLE_AFTER_MS } from "../src/call/devices/input";
import { FakeBrowser, FakeCall, FakeStream, inCall, page, settled } from "./fakeDevices";

let browser: FakeBrowser;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("MediaStream", FakeStream);
  browser = new FakeBrowser();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const views = (devices: LocalDevices) => [devices.getView().audio, devices.getView().video] as const;
const kinds = () => browser.live.map(({ kind }) => kind).sort();

describe("opening", () => {
  test("asks for both in one prompt", async () => {
    const devices = await page(browser);
    expect(browser.prompts.map(({ wishes }) => wishes)).toEqual([{ audio: "", video: "" }]);
    expect(devices.getView().state).toEqual({ audio: false, video: false, screen: false });
    await browser.grant();
    expect(devices.getView().state).toEqual({ audio: true, video: true, screen: false });
    expect(browser.prompts).toHaveLength(1);
  });

  test("says that it waits for a permission, until the browser names the devices", async () => {
    const unnamed = browser.devices.map(({ kind }) => ({ kind, deviceId: "", label: "" }));
    const named = browser.devices;
    browser.devices = unnamed;
    const devices = await page(browser);
    expect(views(devices).map(({ asking }) => asking)).toEqual([true, true]);
    devices.toggle("video");
    expect(views(devices).map(({ opening }) => opening)).toEqual([true, false]);
    devices.attach(new FakeCall());
    expect(devices.getView().fault).toMatch(/Waiting for your permission/);
    devices.toggle("audio");
    devices.toggle("audio");
    devices.turn("video", true);
    browser.devices = named;
    await browser.grant();
    const [audio, video] = views(devices);
    expect([audio.on, video.on]).toEqual([true, true]);
    expect([audio.asking, video.asking]).toEqual([false, false]);
    expect(audio.options.map(({ deviceId }) => deviceId)).toEqual(["m1", "m2"]);
    expect([audio.deviceId, video.deviceId]).toEqual(["m1", "c1"]);
  });

  test.each([
    ["NotFoundError", /No camera was found/],
    ["NotReadableError", /in use by another program/],
    ["AbortError", /in use by another program/],
    ["NotAllowedError", /does not let this page/],
    ["SecurityError", /settings of this browser forbid/],
    ["OverconstrainedError", /cannot be used for calls/],
    ["InvalidStateError", /while this page is in front/],
    ["TypeError", /could not be opened/],
    ["SomethingElse", /could not be opened/],
  ])("a camera that fails by %s costs only itself", async (name, words) => {
    const devices = await page(browser);
    await browser.fail(name);
    expect(browser.asked.map(({ wishes }) => Object.keys(wishes))).toEqual([["audio"], ["video"]]);
    await browser.grant();
    while (browser.asked.length > 0) await browser.fail(name);
    const [audio, video] = views(devices);
    expect([audio.on, audio.problem]).toEqual([true, null]);
    expect([video.on, video.opening]).toEqual([false, false]);
    expect(video.problem).toMatch(words);
    expect(video.options.map(({ deviceId }) => deviceId)).toEqual(["c1", "c2"]);
    expect(kinds()).toEqual(["audio"]);
  });

  test("a refusal of the system names the system", async () => {
    const devices = await page(browser);
    await browser.fail("NotAllowedError", "Permission denied by system");
    await browser.fail("NotAllowedError", "Permission denied by system");
    await browser.grant();
    expect(views(devices)[0].problem).toMatch(/The system does not let the browser use the microphone/);
    expect(views(devices)[1].on).toBe(true);
  });

  test("a prompt that was closed is not followed by another one", async () => {
    browser.permissions.audio = browser.permissions.video = "prompt";
    const devices = await page(browser);
    await browser.fail("NotAllowedError", "Permission dismissed");
    expect(browser.asked).toEqual([]);
    for (const { problem } of views(devices)) expect(problem).toMatch(/does not let this page/);
    devices.toggle("audio");
    await browser.grant();
    expect(kinds()).toEqual(["audio"]);
  });

  test("a device that the browser has forbidden is not asked for, the other is", async () => {
    browser.permissions.audio = "prompt";
    browser.permissions.video = "denied";
    const devices = await page(browser);
    await browser.fail("NotAllowedError");
    expect(browser.asked.map(({ wishes }) => wishes)).toEqual([{ audio: "" }]);
    await browser.grant();
    expect(views(devices).map(({ on }) => on)).toEqual([true, false]);
  });

  test.each([
    [false, /microphone works only at an address/],
    [true, /does not let pages use the microphone/],
  ])("without any devices of the browser (secure: %s) it says so, and nothing fails", async (secure, words) => {
    const devices = await page(browser, { source: null, secure });
    expect(views(devices)[0].problem).toMatch(words);
    devices.toggle("video");
    devices.share();
    devices.choose("audio", "m2");
    expect(devices.getView().fault).toMatch(/cannot share a screen|https|does not let/);
    devices.release();
  });

  test("nobody waits for a permission where there is nothing to permit", async () => {
    browser.devices = browser.devices.filter(({ kind }) => kind !== "videoinput");
    const devices = await page(browser);
    expect(views(devices).map(({ opening, asking }) => [opening, asking])).toEqual([
      [true, false],
      [true, false],
    ]);
  });

  test("half of an interface is used as far as it goes", async () => {
    const devices = await page(browser, { source: { addEventListener: () => undefined } as never });
    expect(views(devices)[0].problem).toMatch(/does not let pages use the microphone/);
  });

  test("a list that comes late does not take the place of a newer one", async () => {
    const answers: ((devices: unknown) => void)[] = [];
    const enumerateDevices = () => new Promise((answer) => answers.push(answer));
    const devices = await page(browser, { source: { ...browser.source, enumerateDevices } as never });
    await browser.announce();
    const [older, newer] = answers;
    newer?.(browser.devices);
    await settled();
    older?.([]);
    await settled();
    expect(views(devices)[0].options).toHaveLength(2);
  });

  test("a device that is plugged in is used, though another list was asked for meanwhile", async () => {
    const camera = browser.devices.filter(({ kind }) => kind === "videoinput");
    browser.devices = browser.devices.filter(({ kind }) => kind !== "videoinput");
    let late: () => void = () => undefined;
    let lists = 0;
    const enumerateDevices = async () => {
      lists += 1;
      if (lists === 3) await new Promise<void>((answer) => (late = answer));
      return [...browser.devices];
    };
    const devices = await page(browser, { source: { ...browser.source, enumerateDevices } as never });
    await browser.grantAll();
    expect(views(devices)[1].problem).toMatch(/No camera was found/);
    browser.devices = [...browser.devices, ...camera];
    await browser.announce();
    devices.choose("audio", "m2");
    await browser.grantAll();
    late();
    await settled();
    expect(devices.getView().state.video).toBe(true);
  });

  test("a list that cannot be had does not stop anything", async () => {
    browser.lists = false;
    const devices = await page(browser);
    await browser.grant();
    expect(devices.getView().state.audio).toBe(true);
    expect(views(devices)[0].options).toEqual([]);
  });

  test("a request that is never answered lets everything else go on", async () => {
    const devices = await page(browser);
    const call = new FakeCall();
    devices.attach(call);
    expect(call.sent).toEqual({ audio: null, video: null });
    await browser.grant();
    expect([call.sent.audio?.kind, call.sent.video?.kind]).toEqual(["audio", "video"]);
  });
});

describe("pressing", () => {
  test("twice while a camera opens leaves it off, and nothing live", async () => {
    const { devices, call } = await inCall(browser);
    devices.toggle("video");
    expect(call.sent.video).toBeNull();
    devices.toggle("video");
    devices.toggle("video");
    await browser.grantAll();
    expect(devices.getView().state.video).toBe(false);
    expect(call.sent.video).toBeNull();
    expect(kinds()).toEqual(["audio"]);
  });

  test("three times while a camera opens leaves it on, from one request", async () => {
    const { devices, call } = await inCall(browser);
    devices.toggle("video");
    const before = browser.prompts.length;
    for (let press = 0; press < 3; press += 1) devices.toggle("video");
    expect(browser.prompts.length - before).toBe(1);
    await browser.grantAll();
    expect(devices.getView().state.video).toBe(true);
    expect(call.sent.video?.readyState).toBe("live");
    expect(kinds()).toEqual(["audio", "video"]);
  });

  test("off closes a microphone in the lobby and silences it in a call", async () => {
    const { devices, call } = await inCall(browser);
    devices.toggle("audio");
    expect(call.sent.audio?.enabled).toBe(false);
    expect(devices.getView().state.audio).toBe(false);
    devices.toggle("audio");
    expect(call.sent.audio?.enabled).toBe(true);
    expect(browser.asked).toEqual([]);
    devices.attach(null);
    devices.toggle("audio");
    expect(kinds()).toEqual(["video"]);
  });

  test("turning off a device that is off does not turn it on", async () => {
    const { devices } = await inCall(browser);
    devices.turn("audio", false);
    devices.turn("audio", false);
    expect(devices.getView().state.audio).toBe(false);
  });

  test("a failure of a device that is no longer wanted is not reported", async () => {
    const devices = await page(browser);
    devices.toggle("video");
    await browser.fail("NotReadableError");
    await browser.grantAll();
    expect(views(devices)[1]).toMatchObject({ on: false, opening: false, problem: null });
    expect(browser.prompts.map(({ wishes }) => Object.keys(wishes))).toEqual([["audio", "video"], ["audio"]]);
  });

  test("nor is that of a single device", async () => {
    const { devices } = await inCall(browser);
    devices.toggle("video");
    devices.toggle("video");
    devices.toggle("video");
    await browser.fail("NotReadableError");
    expect(devices.getView()).toMatchObject({ fault: null, video: { problem: null } });
  });

  test("after a failure it is tried again", async () => {
    const devices = await page(browser);
    await browser.fail("NotReadableError");
    await browser.grant();
    await browser.fail("NotReadableError");
    devices.toggle("video");
    expect(views(devices)[1]).toMatchObject({ opening: true, problem: null });
    await browser.grant();
    expect(devices.getView().state.video).toBe(true);
  });

  test("a connection that takes no track is no fault of the device", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { devices, call } = await inCall(browser);
    call.broken = true;
    devices.toggle("video");
    await settled();
    expect(warn).toHaveBeenCalled();
    expect(devices.getView()).toMatchObject({ fault: null, state: { video: false } });
    warn.mockRestore();
  });

  test("another room gets the present tracks", async () => {
    const { devices } = await inCall(browser);
    devices.toggle("video");
    const next = new FakeCall();
    devices.attach(next);
    expect([next.sent.audio?.readyState, next.sent.video]).toEqual(["live", null]);
  });
});

describe("giving back", () => {
  test("stops everything at once, also tracks that arrive later", async () => {
    const { devices, call } = await inCall(browser);
    devices.share();
    await browser.grant();
    devices.choose("audio", "m2");
    devices.release();
    expect(browser.live).toEqual([]);
    expect(call.sent).toEqual({ audio: null, video: null });
    await browser.grantAll();
    expect(browser.live).toEqual([]);
    expect(devices.getView().state).toEqual({ audio: false, video: false, screen: false });
    expect(browser.listening).toBe(0);
  });

  test("a prompt that is answered after it is asked no more", async () => {
    const devices = await page(browser);
    devices.release();
    await browser.fail("NotReadableError");
    expect(browser.asked).toEqual([]);
    devices.toggle("audio");
    devices.share();
    devices.choose("video", "c2");
    await browser.announce();
    expect(browser.prompts).toHaveLength(1);
  });

  test("a screen that is picked after it is stopped", async () => {
    const { devices } = await inCall(browser);
    devices.share();
    devices.release();
    await browser.grant();
    expect(browser.live).toEqual([]);
  });

  test("wanted devices come back when it is resumed", async () => {
    const { devices } = await inCall(browser);
    devices.toggle("video");
    devices.release();
    devices.toggle("video");
    devices.resume();
    await browser.grantAll();
    expect(devices.getView().state).toEqual({ audio: true, video: false, screen: false });
  });
});

describe("choosing", () => {
  test("replaces a microphone without silence, and keeps the choice", async () => {
    const { devices, call } = await inCall(browser);
    devices.choose("audio", "m2");
    expect(views(devices)[0]).toMatchObject({ on: true, opening: true, deviceId: "m2" });
    await browser.grant();
    expect(call.sent.audio?.deviceId).toBe("m2");
    expect(kinds()).toEqual(["audio", "video"]);
    const later = await page(browser);
    expect(browser.asked[0]?.wishes).toEqual({ audio: "m2", video: "" });
    later.release();
  });

  test("a phone that opens one camera at a time changes it all the same", async () => {
    const { devices, call } = await inCall(browser);
    devices.choose("video", "c2");
    await browser.fail("NotReadableError");
    expect(kinds()).toEqual(["audio"]);
    await browser.grant();
    expect(call.sent.video?.deviceId).toBe("c2");
  });

  test("a choice that fails leads back to the device before, and says why", async () => {
    const { devices, call } = await inCall(browser);
    devices.choose("video", "c2");
    await browser.fail("NotReadableError");
    await browser.fail("NotReadableError");
    await browser.grant();
    expect(call.sent.video?.deviceId).toBe("c1");
    expect(views(devices)[1]).toMatchObject({ on: true, deviceId: "c1", problem: expect.stringMatching(/in use/) });
    expect(devices.getView().fault).toMatch(/in use/);
    expect(JSON.parse(browser.kept.get("connvo.devices") ?? "")).toMatchObject({ video: "" });
  });

  test("a refused choice leaves the present device", async () => {
    const { devices, call } = await inCall(browser);
    devices.choose("audio", "m2");
    await browser.fail("NotAllowedError");
    expect(call.sent.audio).toMatchObject({ deviceId: "m1", readyState: "live" });
    expect(views(devices)[0].problem).toMatch(/does not let/);
  });

  test("of the device that is in use opens nothing, and is kept", async () => {
    const { devices } = await inCall(browser);
    devices.choose("audio", "m1");
    expect(browser.asked).toEqual([]);
    expect(JSON.parse(browser.kept.get("connvo.devices") ?? "")).toMatchObject({ audio: "m1" });
  });

  test("works when the default is busy", async () => {
    const devices = await page(browser);
    await browser.fail("NotReadableError");
    await browser.grant();
    await browser.fail("NotReadableError");
    devices.choose("video", "c2");
    await browser.grant();
    expect(views(devices)[1]).toMatchObject({ on: true, deviceId: "c2", problem: null });
  });

  test("while one is being opened counts, and the other one is stopped when it arrives", async () => {
    const devices = await page(browser);
    devices.choose("audio", "m2");
    await browser.grantAll();
    expect(browser.live.map(({ deviceId }) => deviceId).sort()).toEqual(["c1", "m2"]);
    expect(views(devices)[0].deviceId).toBe("m2");
  });

  test("of a device that is off opens nothing; the next press opens it", async () => {
    const { devices, call } = await inCall(browser);
    devices.toggle("audio");
    devices.choose("audio", "m2");
    expect(browser.asked).toEqual([]);
    expect(kinds()).toEqual(["video"]);
    devices.toggle("audio");
    await browser.grant();
    expect(call.sent.audio?.deviceId).toBe("m2");
  });

  test("muted while another one opens, the other one is heard after the next press", async () => {
    const { devices, call } = await inCall(browser);
    devices.choose("audio", "m2");
    devices.toggle("audio");
    await browser.grant();
    expect(kinds()).toEqual(["video"]);
    devices.toggle("audio");
    await browser.grant();
    expect(call.sent.audio?.deviceId).toBe("m2");
  });

  test.each(["{", "null", "[]", '{"audio":5}', '"m1"'])("a kept choice of %s is none", async (kept) => {
    browser.kept.set("connvo.devices", kept);
    await page(browser);
    expect(browser.asked[0]?.wishes).toEqual({ audio: "", video: "" });
  });

  test("storage that throws is no storage", async () => {
    const forbidden = () => {
      throw new DOMException("", "SecurityError");
    };
    const devices = await page(browser, { storage: { getItem: forbidden, setItem: forbidden } });
    await browser.grant();
    devices.choose("audio", "m2");
    await browser.grant();
    expect(views(devices)[0].deviceId).toBe("m2");
  });

  test("a kept device that is gone gives way to the default", async () => {
    browser.kept.set("connvo.devices", JSON.stringify({ audio: "gone", video: "c2" }));
    const devices = await page(browser);
    await browser.grantAll();
    expect(views(devices).map(({ on, deviceId }) => [on, deviceId])).toEqual([
      [true, "m1"],
      [true, "c2"],
    ]);
  });

  test("so does one of which the browser says that there is none", async () => {
    browser.kept.set("connvo.devices", JSON.stringify({ video: "gone" }));
    const devices = await page(browser);
    devices.turn("audio", false);
    await browser.fail("NotFoundError");
    await browser.fail("NotFoundError");
    await browser.grant();
    expect(views(devices)[1]).toMatchObject({ on: true, deviceId: "c1" });
  });

  test("cameras of a phone are told apart by their side, and only the front one is a mirror", async () => {
    const side = (id: string, facing: string, facingMode: string) =>
      ({ kind: "videoinput", deviceId: id, label: `camera2 ${id}, facing ${facing}`, facingMode }) as const;
    browser.devices = [side("1", "front", "user"), side("0", "back", "environment"), side("2", "back", "environment")];
    const devices = await page(browser);
    devices.turn("audio", false);
    await browser.fail("NotFoundError");
    await browser.grantAll();
    expect(views(devices)[1].options.map(({ label }) => label)).toEqual([
      "Front camera",
      "Back camera",
      "Back camera 2",
    ]);
    expect(devices.getView().mirrored).toBe(true);
    devices.choose("video", "0");
    await browser.grantAll();
    expect(devices.getView().mirrored).toBe(false);
  });
});

describe("unplugging", () => {
  test("another device takes the place of one that ends", async () => {
    const { devices, call } = await inCall(browser);
    await browser.unplug("m1");
    expect(devices.getView().state.audio).toBe(false);
    expect(call.sent.audio).toBeNull();
    await browser.grantAll();
    expect(call.sent.audio).toMatchObject({ deviceId: "m2", readyState: "live" });
    expect(devices.getView().fault).toBe("Your microphone was unplugged. In use now: Microphone m2.");
  });

  test("without another one it says so, and comes back when it is plugged in", async () => {
    browser.devices = browser.devices.filter(({ deviceId }) => deviceId !== "c2");
    const { devices, call } = await inCall(browser);
    await browser.unplug("c1");
    await browser.grantAll();
    expect(views(devices)[1].problem).toMatch(/Your camera was unplugged/);
    expect(devices.getView()).toMatchObject({ fault: expect.stringMatching(/unplugged/), state: { video: false } });
    vi.advanceTimersByTime(FAULT_SHOWN_MS);
    expect(devices.getView().fault).toBeNull();
    expect(views(devices)[1].problem).toMatch(/unplugged/);
    await browser.plug({ kind: "videoinput", deviceId: "c1", label: "Camera c1" });
    await browser.grantAll();
    expect(call.sent.video).toMatchObject({ deviceId: "c1", readyState: "live" });
    expect(views(devices)[1].problem).toBeNull();
  });

  test("a chosen device is used again when it is back", async () => {
    const { devices, call } = await inCall(browser);
    devices.choose("audio", "m2");
    await browser.grantAll();
    await browser.unplug("m2");
    await browser.grantAll();
    expect(call.sent.audio?.deviceId).toBe("m1");
    await browser.plug({ kind: "audioinput", deviceId: "m2", label: "Microphone m2" });
    await browser.grantAll();
    expect(call.sent.audio?.deviceId).toBe("m2");
  });

  test("is noticed by the list where the browser ends no track", async () => {
    const { call } = await inCall(browser);
    await browser.unplug("m1", true);
    await browser.grantAll();
    expect(call.sent.audio?.deviceId).toBe("m2");
    expect(browser.live.map(({ deviceId }) => deviceId).sort()).toEqual(["c1", "m2"]);
  });

  test("is not concluded from a list that names no devices", async () => {
    await inCall(browser);
    browser.devices = browser.devices.map(({ kind }) => ({ kind, deviceId: "", label: "" }));
    await browser.announce();
    expect(browser.asked).toEqual([]);
    expect(kinds()).toEqual(["audio", "video"]);
  });

  test("of a muted microphone opens nothing, and unmuting never sends an ended track", async () => {
    const { devices, call } = await inCall(browser);
    devices.toggle("audio");
    await browser.unplug("m1");
    expect(browser.asked).toEqual([]);
    expect(call.sent.audio).toBeNull();
    devices.toggle("audio");
    await browser.grantAll();
    expect(call.sent.audio).toMatchObject({ deviceId: "m2", readyState: "live" });
  });

  test("a device that dies again and again is left alone", async () => {
    const { devices } = await inCall(browser);
    for (let death = 0; death < 2; death += 1) {
      browser.live.find(({ kind }) => kind === "audio")?.die();
      await browser.grantAll();
    }
    expect(views(devices)[0].problem).toMatch(/keeps stopping/);
    expect(browser.asked).toEqual([]);
    devices.toggle("audio");
    await browser.grantAll();
    expect(devices.getView().state.audio).toBe(true);
  });

  test("one that dies once more after a while is opened again", async () => {
    const { devices } = await inCall(browser);
    for (let death = 0; death < 2; death += 1) {
      browser.live.find(({ kind }) => kind === "audio")?.die();
      await browser.grantAll();
      vi.advanceTimersByTime(STABLE_AFTER_MS);
    }
    expect(devices.getView().state.audio).toBe(true);
  });

  test("a permission that is taken away is told as that", async () => {
    const { devices } = await inCall(browser);
    browser.live.find(({ kind }) => kind === "video")?.die();
    await browser.fail("NotAllowedError");
    expect(views(devices)[1].problem).toMatch(/does not let this page/);
  });
});

describe("interruptions", () => {
  test("are told, and end", async () => {
    const { devices } = await inCall(browser);
    const microphone = browser.live.find(({ kind }) => kind === "audio");
    microphone?.mute(true);
    expect(devices.getView().state.audio).toBe(true);
    vi.advanceTimersByTime(INTERRUPTED_AFTER_MS);
    expect(devices.getView().state.audio).toBe(false);
    expect(views(devices)[0].problem).toMatch(/system has interrupted the microphone/);
    microphone?.mute(false);
    expect(devices.getView()).toMatchObject({ fault: null, state: { audio: true } });
    expect(views(devices)[0].problem).toBeNull();
  });

  test("of a moment are none", async () => {
    const { devices } = await inCall(browser);
    const camera = browser.live.find(({ kind }) => kind === "video");
    camera?.mute(true);
    vi.advanceTimersByTime(INTERRUPTED_AFTER_MS / 2);
    camera?.mute(false);
    vi.advanceTimersByTime(INTERRUPTED_AFTER_MS);
    expect(devices.getView().state.video).toBe(true);
  });

  test("a press opens the device again", async () => {
    const { devices, call } = await inCall(browser);
    browser.live.find(({ kind }) => kind === "audio")?.mute(true);
    vi.advanceTimersByTime(INTERRUPTED_AFTER_MS);
    devices.toggle("audio");
    await browser.grantAll();
    expect(call.sent.audio).toMatchObject({ readyState: "live", muted: false });
    expect(devices.getView().state.audio).toBe(true);
    expect(kinds()).toEqual(["audio", "video"]);
  });
});

describe("the screen", () => {
  test("comes before the camera, which may be turned off and on meanwhile", async () => {
    const { devices, call } = await inCall(browser);
    devices.share();
    await browser.grant();
    const screen = call.sent.video;
    expect(screen?.deviceId).toBe("screen");
    devices.toggle("video");
    devices.toggle("video");
    await browser.grantAll();
    expect(call.sent.video).toBe(screen);
    expect(devices.getView().state).toEqual({ audio: true, video: true, screen: true });
    devices.share();
    expect(call.sent.video?.deviceId).toBe("c1");
    expect(screen?.readyState).toBe("ended");
  });

  test("ended by the browser gives way to the camera", async () => {
    const { devices, call } = await inCall(browser);
    devices.share();
    await browser.grant();
    call.sent.video?.die();
    expect(call.sent.video?.deviceId).toBe("c1");
    expect(devices.getView().state.screen).toBe(false);
  });

  test("is not shared when the picker is closed, and that is no fault", async () => {
    const { devices } = await inCall(browser);
    devices.share();
    await browser.fail("NotAllowedError", "Permission denied by user");
    expect(devices.getView()).toMatchObject({ fault: null, state: { screen: false } });
  });

  test.each([
    ["NotAllowedError", "Permission denied by system", /The system does not let the browser record/],
    ["NotReadableError", "", /could not be shared/],
  ])("says why it cannot be shared: %s %s", async (name, message, words) => {
    const { devices } = await inCall(browser);
    devices.share();
    await browser.fail(name, message);
    expect(devices.getView().fault).toMatch(words);
  });

  test("that fails after everything was given back is told to nobody", async () => {
    const { devices } = await inCall(browser);
    devices.share();
    devices.release();
    await browser.fail("NotReadableError");
    expect(devices.getView().fault).toBeNull();
  });

  test("is picked once, however often it is pressed meanwhile", async () => {
    const { devices } = await inCall(browser);
    devices.share();
    devices.share();
    expect(browser.asked).toHaveLength(1);
    await browser.grant();
    expect(devices.getView().state.screen).toBe(true);
  });

  test("cannot be shared by a phone", async () => {
    const { getDisplayMedia, ...phone } = browser.source;
    expect(getDisplayMedia).toBeDefined();
    const devices = await page(browser, { source: phone as never });
    expect(devices.getView().canShare).toBe(false);
    devices.share();
    await settled();
    expect(devices.getView().fault).toBe("This browser cannot share a screen.");
  });
});

describe("the speaker", () => {
  test("is chosen, kept, and replaced by the default while it is away", async () => {
    const devices = await page(browser);
    devices.chooseSpeaker("s2");
    expect([browser.speaker, devices.getView().speaker.deviceId]).toEqual(["s2", "s2"]);
    await browser.unplug("s2");
    expect([browser.speaker, devices.getView().speaker.deviceId]).toEqual(["", ""]);
    await browser.plug({ kind: "audiooutput", deviceId: "s2", label: "Speaker s2" });
    expect(browser.speaker).toBe("s2");
    browser.speaker = "";
    await page(browser);
    expect(browser.speaker).toBe("s2");
  });

  test("has a default to go back to, by the browser's name where it has one", async () => {
    const devices = await page(browser);
    const ids = () => devices.getView().speaker.options.map(({ deviceId }) => deviceId);
    expect([devices.getView().speaker.deviceId, ids()]).toEqual(["", ["", "s1", "s2"]]);
    await browser.plug({ kind: "audiooutput", deviceId: "default", label: "Default - Speaker" });
    expect([devices.getView().speaker.deviceId, ids()]).toEqual(["default", ["s1", "s2", "default"]]);
  });

  test("is not offered where the browser lets a page choose none", async () => {
    const output = { canChoose: false, setSpeaker: async () => undefined };
    const devices = await page(browser, { output });
    expect(devices.getView().speaker.options).toEqual([]);
  });

  test("is picked in the browser's own dialog where it is not listed", async () => {
    browser.devices = browser.devices.filter(({ kind }) => kind !== "audiooutput");
    let pick = async (): Promise<unknown> => {
      const picked = { kind: "audiooutput", deviceId: "s3", label: "Speaker s3" } as const;
      browser.devices = [...browser.devices, picked];
      return picked;
    };
    const source = { ...browser.source, selectAudioOutput: () => pick() } as never;
    const devices = await page(browser, { source });
    expect(devices.getView().speaker).toMatchObject({ canPick: true, options: [] });
    await devices.pickSpeaker();
    expect([browser.speaker, devices.getView().speaker.deviceId]).toEqual(["s3", "s3"]);
    pick = () => Promise.reject(new DOMException("", "NotAllowedError"));
    await devices.pickSpeaker();
    expect(browser.speaker).toBe("s3");
    expect((await page(browser)).getView().speaker.canPick).toBe(false);
  });

  test("that cannot be used gives way to the default, and says so", async () => {
    const routes: string[] = [];
    const setSpeaker = async (deviceId: string) => {
      routes.push(deviceId);
      if (deviceId) throw new DOMException("", "NotFoundError");
    };
    const devices = await page(browser, { output: { canChoose: true, setSpeaker } });
    devices.chooseSpeaker("s1");
    await settled();
    expect(routes).toEqual(["s1", ""]);
    expect(devices.getView().speaker).toMatchObject({ deviceId: "", problem: expect.stringMatching(/default/) });
  });
});

test("an unchanged state stays the same object, so that nothing is announced twice", async () => {
  const { devices, call } = await inCall(browser);
  const { state, shown, outgoing } = devices.getView();
  const { changes } = call;
  await browser.announce();
  devices.turn("video", true);
  expect(devices.getView()).toMatchObject({ state, shown, outgoing });
  expect(devices.getView().state).toBe(state);
  expect(devices.getView().shown).toBe(shown);
  expect(call.changes).toBe(changes);
});

test("a listener is called until it unsubscribes", async () => {
  const devices = new LocalDevices(browser.ports);
  const seen = vi.fn();
  const stop = devices.subscribe(seen);
  devices.resume();
  expect(seen).toHaveBeenCalled();
  stop();
  seen.mockClear();
  await browser.grantAll();
  expect(seen).not.toHaveBeenCalled();
});
