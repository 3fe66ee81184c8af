/**
 * Microphones, cameras and a screen in memory, behind what a browser gives a page. Every request waits until the test
 * answers it; what it hands over is kept, so that a test can see whether anything is still live.
 */

import { type Kind, LocalDevices } from "../src/call/devices/index";
import type { Ports } from "../src/call/devices/ports";

export class FakeTrack {
  enabled = true;
  muted = false;
  readyState: MediaStreamTrackState = "live";
  onended: (() => void) | null = null;
  onmute: (() => void) | null = null;
  onunmute: (() => void) | null = null;

  constructor(
    readonly kind: string,
    readonly deviceId: string,
    private readonly facingMode?: string,
  ) {}

  getSettings() {
    return { deviceId: this.deviceId, facingMode: this.facingMode };
  }

  stop(): void {
    this.readyState = "ended";
  }

  /** The device is gone, or the browser has ended it. */
  die(): void {
    if (this.readyState === "ended") return;
    this.readyState = "ended";
    this.onended?.();
  }

  /** The system interrupts it, or lets it go on. */
  mute(muted: boolean): void {
    this.muted = muted;
    if (muted) this.onmute?.();
    else this.onunmute?.();
  }
}

export class FakeStream {
  private readonly tracks: FakeTrack[];
  constructor(tracks: FakeTrack[] = []) {
    this.tracks = [...tracks];
  }
  getTracks = () => this.tracks;
  getAudioTracks = () => this.tracks.filter(({ kind }) => kind === "audio");
  getVideoTracks = () => this.tracks.filter(({ kind }) => kind === "video");
}

export type Asked = {
  /** The kinds that were asked for, with the device each, "" for any. */
  wishes: Partial<Record<Kind | "screen", string>>;
  give(stream: FakeStream): void;
  refuse(error: unknown): void;
};

export type Device = { kind: MediaDeviceKind; deviceId: string; label: string; facingMode?: string };

const mic = (deviceId: string): Device => ({ kind: "audioinput", deviceId, label: `Microphone ${deviceId}` });
const cam = (deviceId: string): Device => ({ kind: "videoinput", deviceId, label: `Camera ${deviceId}` });
const speaker = (deviceId: string): Device => ({ kind: "audiooutput", deviceId, label: `Speaker ${deviceId}` });

export class FakeBrowser {
  /** What is plugged in. */
  devices: Device[] = [mic("m1"), mic("m2"), cam("c1"), cam("c2"), speaker("s1"), speaker("s2")];
  /** What was asked for, and not answered yet. */
  readonly asked: Asked[] = [];
  /** Every prompt, also those that were answered. */
  readonly prompts: Asked[] = [];
  readonly tracks: FakeTrack[] = [];
  readonly permissions: Partial<Record<Kind, PermissionState>> = {};
  readonly kept = new Map<string, string>();
  speaker = "";
  /** Whether the list of devices can be had. */
  lists = true;
  private readonly listeners = new Set<() => void>();

  readonly source = {
    getUserMedia: (wishes: MediaStreamConstraints) => this.ask(wishesOf(wishes)),
    getDisplayMedia: () => this.ask({ screen: "" }),
    enumerateDevices: async () => {
      if (!this.lists) throw new DOMException("not now", "NotAllowedError");
      return [...this.devices];
    },
    addEventListener: (_: string, listener: () => void) => void this.listeners.add(listener),
    removeEventListener: (_: string, listener: () => void) => void this.listeners.delete(listener),
  };

  get ports(): Ports {
    return {
      source: this.source as unknown as Ports["source"],
      secure: true,
      permission: async (kind) => this.permissions[kind] ?? null,
      storage: {
        getItem: (key) => this.kept.get(key) ?? null,
        setItem: (key, value) => void this.kept.set(key, value),
      },
      output: {
        canChoose: true,
        setSpeaker: async (deviceId) => {
          this.speaker = deviceId;
        },
      },
    };
  }

  get live(): FakeTrack[] {
    return this.tracks.filter(({ readyState }) => readyState === "live");
  }

  get listening(): number {
    return this.listeners.size;
  }

  /** Answer the oldest request with what is plugged in; an absent device fails it as browsers do. */
  async grant(): Promise<void> {
    const asked = this.asked.shift();
    if (!asked) throw new Error("nothing was asked for");
    const devices = Object.entries(asked.wishes).map(([kind, deviceId]) => this.find(kind, deviceId));
    const missing = devices.find((device) => typeof device === "string");
    if (typeof missing === "string") asked.refuse(new DOMException("", missing));
    else asked.give(this.stream(devices.filter((device) => typeof device === "object")));
    await settled();
  }

  /** Fail the oldest request. */
  async fail(name: string, message = ""): Promise<void> {
    const asked = this.asked.shift();
    if (!asked) throw new Error("nothing was asked for");
    asked.refuse(new DOMException(message, name));
    await settled();
  }

  async grantAll(): Promise<void> {
    while (this.asked.length > 0) await this.grant();
  }

  async plug(device: Device): Promise<void> {
    this.devices = [...this.devices.filter(({ deviceId }) => deviceId !== device.deviceId), device];
    await this.announce();
  }

  /** Unplug a device; `silently` where the browser does not end its tracks. */
  async unplug(deviceId: string, silently = false): Promise<void> {
    this.devices = this.devices.filter((device) => device.deviceId !== deviceId);
    if (!silently) for (const track of this.tracks) if (track.deviceId === deviceId) track.die();
    await this.announce();
  }

  async announce(): Promise<void> {
    for (const listener of [...this.listeners]) listener();
    await settled();
  }

  private ask(wishes: Asked["wishes"]): Promise<FakeStream> {
    return new Promise((give, refuse) => {
      const asked = { wishes, give, refuse };
      this.asked.push(asked);
      this.prompts.push(asked);
    });
  }

  private find(kind: string, deviceId: string | undefined): Device | string {
    if (kind === "screen") return { kind: "videoinput", deviceId: "screen", label: "" };
    const some = this.devices.filter((device) => device.kind === `${kind}input`);
    const found = some.find((device) => !deviceId || device.deviceId === deviceId);
    return found ?? (some.length > 0 ? "OverconstrainedError" : "NotFoundError");
  }

  private stream(devices: Device[]): FakeStream {
    const tracks = devices.map(
      ({ kind, deviceId, facingMode }) => new FakeTrack(kind.replace("input", ""), deviceId, facingMode),
    );
    this.tracks.push(...tracks);
    return new FakeStream(tracks);
  }
}

/** A call that remembers what it was given to send. */
export class FakeCall {
  readonly sent: Record<Kind, FakeTrack | null> = { audio: null, video: null };
  /** Whether that was silent when it was given: some carriers take out what is. */
  readonly enabled: Record<Kind, boolean> = { audio: false, video: false };
  /** How often it was given something. */
  changes = 0;
  /** Whether its connections take nothing. */
  broken = false;

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.changes += 1;
    this.sent[kind] = track as unknown as FakeTrack | null;
    this.enabled[kind] = track?.enabled ?? false;
    if (this.broken) throw new DOMException("closed", "InvalidStateError");
  }
}

function wishesOf(constraints: MediaStreamConstraints): Asked["wishes"] {
  const wanted = Object.entries(constraints).filter(([, one]) => one);
  return Object.fromEntries(wanted.map(([kind, one]) => [kind, one.deviceId?.exact ?? ""]));
}

/** Wait until everything that does not wait for the test has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

/** A page in front of these devices, with both asked for. */
export async function page(browser: FakeBrowser, ports: Partial<Ports> = {}): Promise<LocalDevices> {
  const devices = new LocalDevices({ ...browser.ports, ...ports });
  devices.resume();
  await settled();
  return devices;
}

/** The same in a call, with both open. */
export async function inCall(browser: FakeBrowser): Promise<{ devices: LocalDevices; call: FakeCall }> {
  const devices = await page(browser);
  await browser.grantAll();
  const call = new FakeCall();
  devices.attach(call);
  return { devices, call };
}
