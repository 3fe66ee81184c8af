/** People with a call each, on a server and on connections that are made up, in a time that the test lets pass. */

import { afterEach, beforeEach, expect, vi } from "vitest";
import { Call, type Logger, type RoomView } from "../src/index";
import { FakeConnection, FakeStream } from "./fakeConnection";
import { FakeJanus } from "./fakeJanus";
import { FakeServer } from "./fakeServer";

const MEDIA = { audio: true, video: false, screen: false };
const BEAT_MS = 100;

/** Every warning fails its test, unless that expects one. */
export const logger = { warn: vi.fn<Logger["warn"]>() };
export let server: FakeServer;
export let janus: FakeJanus;

beforeEach(() => {
  vi.useFakeTimers();
  janus = new FakeJanus();
  vi.stubGlobal("RTCPeerConnection", FakeConnection);
  vi.stubGlobal("MediaStream", FakeStream);
  vi.stubGlobal("WebSocket", janus.socketClass);
  logger.warn.mockImplementation((message, cause) => {
    throw new Error(`a warning: ${message} ${cause}`);
  });
  FakeConnection.all = [];
  FakeConnection.slownessMs = 0;
  server = new FakeServer();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

export class Caller {
  view: RoomView = { peers: [], notice: null, average: null, refusal: null };
  /** Every notice that was ever shown. */
  readonly notices: string[] = [];
  readonly call: Call;

  constructor(readonly name: string) {
    this.call = new Call(name, server.for(name), { logger });
    this.call.on("view", (view) => {
      this.view = view;
      if (view.notice && view.notice !== this.notices.at(-1)) this.notices.push(view.notice);
    });
  }

  async join(tracks: MediaStreamTrack[] = [track("audio")]): Promise<this> {
    server.calls.set(this.name, this.call);
    this.call.setRoom(server.place);
    await this.call.join(tracks, MEDIA);
    server.tell();
    server.deliver(this.name);
    await pass(0);
    return this;
  }

  get health(): Record<string, string> {
    return Object.fromEntries(this.view.peers.map((peer) => [peer.userId, peer.health]));
  }
}

export function track(kind: string, id = kind): MediaStreamTrack {
  const made = {
    kind,
    id,
    enabled: true,
    readyState: "live",
    clone: () => track(kind, id),
    stop: () => {
      made.readyState = "ended";
    },
  };
  return made as unknown as MediaStreamTrack;
}

export function open(): FakeConnection[] {
  return FakeConnection.all.filter((one) => one.signalingState !== "closed");
}

/** Lets time go by; whoever is connected to somebody open hears of them, unless `cut`. */
export async function pass(ms: number, cut = false): Promise<void> {
  for (let gone = 0; gone <= ms; gone += BEAT_MS) {
    for (const one of open()) if (!cut && (one.isHeard || janus.carries(one))) one.hear();
    await vi.advanceTimersByTimeAsync(BEAT_MS);
  }
}

export async function pair(): Promise<[Caller, Caller]> {
  const ada = await new Caller("ada").join();
  const ben = await new Caller("ben").join();
  await pass(1_500);
  expect(ada.health).toEqual({ ben: "connected" });
  expect(ben.health).toEqual({ ada: "connected" });
  return [ada, ben];
}
