/**
 * GetStream in memory, behind the part of its client that the page relies on: calls, who is in them and what they send.
 * As with the real one, copies of tracks are sent, and pictures come to whoever has asked for them.
 */

import type { StreamFacts, StreamModule } from "../src/index";
import {
  AUDIO,
  type Participant,
  type Reports,
  SCREEN_SHARE,
  type Size,
  type StreamCall,
  type StreamClient,
  type StreamOptions,
  VIDEO,
} from "../src/rooms/getstream/sdk";

type Given = { apiKey: string; options: StreamOptions };

let counted = 0;

class Subject<T> {
  private readonly listeners = new Set<(value: T) => void>();
  constructor(public value: T) {}
  next(value: T): void {
    this.value = value;
    for (const listener of [...this.listeners]) listener(value);
  }
  subscribe(listener: (value: T) => void) {
    this.listeners.add(listener);
    listener(this.value);
    return { unsubscribe: () => void this.listeners.delete(listener) };
  }
}

export class FakeStreamService {
  /** Every client that was made. */
  readonly clients: FakeStreamClient[] = [];
  /** Nobody is let in. */
  refuses = false;
  /** Nobody is answered who comes in. */
  slow = false;
  /** Nothing that is sent is taken. */
  deaf = false;
  /** Nothing arrives any more, though it looks as if it could. */
  cut = false;
  /** The file is not there. */
  missing = false;
  /** The file is another one. */
  wrong = false;

  get facts(): StreamFacts {
    return { apiKey: "key", callType: "default", baseUrl: "https://api", load: () => this.load() };
  }

  /** Everybody who is in the call. */
  get present(): FakeCall[] {
    return this.clients.flatMap(({ calls }) => calls).filter((call) => call.present);
  }

  /** The newest part of somebody in the call. */
  of(userId: string): FakeCall {
    const found = this.clients
      .filter((one) => one.user?.id === userId)
      .at(-1)
      ?.calls.at(-1);
    if (!found) throw new Error(`${userId} has not come`);
    return found;
  }

  /** What somebody sends, of what kinds. */
  sent(userId: string): Record<string, string> {
    return Object.fromEntries([...this.of(userId).sending].map(([kind, { id }]) => [kind, id]));
  }

  tell(): void {
    for (const call of this.present) call.hear();
  }

  private async load(): Promise<StreamModule> {
    if (this.missing) throw new Error("404");
    const service = this;
    if (this.wrong) return {} as StreamModule;
    return {
      StreamVideoClient: class extends FakeStreamClient {
        constructor(given: Given) {
          super(given, service);
        }
      },
    };
  }
}

export class FakeStreamClient implements StreamClient {
  readonly calls: FakeCall[] = [];
  user: { id: string } | null = null;
  askToken: () => Promise<string> = async () => "";
  readonly tokens: string[] = [];
  gone = false;

  constructor(
    readonly given: Given,
    readonly service: FakeStreamService,
  ) {
    service.clients.push(this);
  }

  async connectUser(user: { id: string }, token: () => Promise<string>): Promise<void> {
    this.user = user;
    this.askToken = token;
    await this.renew();
  }

  /** The token has ended: another one is asked for. */
  async renew(): Promise<void> {
    this.tokens.push(await this.askToken());
  }

  call(type: string, id: string): FakeCall {
    this.calls.push(new FakeCall(`${type}:${id}`, this));
    return this.calls.at(-1) as FakeCall;
  }

  async disconnectUser(): Promise<void> {
    this.gone = true;
  }
}

export class FakeCall implements StreamCall {
  readonly sessionId = `session ${++counted}`;
  private readonly calling = new Subject("idle");
  private readonly members = new Subject<Participant[]>([]);
  private readonly reports = new Subject<Reports | undefined>(undefined);
  readonly state = {
    callingState$: this.calling,
    participants$: this.members,
    callStatsReport$: this.reports,
    updateParticipantTracks: (_: string, wishes: Record<string, { dimension: Size }>) => {
      for (const id of Object.keys(wishes)) if (this.unknown.has(id)) throw new Error(`no participant ${id}`);
      for (const [id, { dimension }] of Object.entries(wishes)) this.sizes.set(id, dimension);
    },
  };
  /** Sessions of members who have just left, which it does not know any more. */
  readonly unknown = new Set<string>();
  /** The devices of theirs that were told to stay off. */
  readonly off: string[] = [];
  readonly camera = { disable: async () => void this.off.push("camera") };
  readonly microphone = {
    disable: async () => void this.off.push("microphone"),
    disableSpeakingWhileMutedNotification: async () => void this.off.push("listening"),
  };
  readonly audioBindingsWatchdog = { setEnabled: (on: boolean) => void (on || this.off.push("complaining")) };
  readonly publisher = { isPublishing: (kind: number) => this.sending.has(kind) };
  /** What is sent, by kind: copies. */
  readonly sending = new Map<number, MediaStreamTrack>();
  /** What it was given to send. */
  readonly given = new Map<number, MediaStreamTrack>();
  /** What pictures were asked for, and in what size. */
  readonly wanted = new Map<string, Size>();
  present = false;
  joins = 0;
  leaves = 0;
  private readonly sizes = new Map<string, Size>();
  private readonly streams = new Map<string, MediaStream>();
  private every = 0;
  private packets = 0;
  /** Whether there is a connection: once it is needed there is one. */
  private sends = false;
  private receives = false;
  private timer: ReturnType<typeof setInterval> | undefined;
  private answer: () => void = () => undefined;

  constructor(
    readonly cid: string,
    private readonly client: FakeStreamClient,
  ) {}

  setStatsReportingIntervalInMs(ms: number): void {
    this.every = ms;
  }

  setPreferredIncomingVideoResolution(_: Size, sessionIds: string[]): void {
    this.wanted.clear();
    for (const id of sessionIds) this.wanted.set(id, this.sizes.get(id) ?? { width: 0, height: 0 });
    this.hear();
  }

  async join(): Promise<void> {
    this.joins += 1;
    this.turn("joining");
    if (this.service.slow) await new Promise<void>((done) => (this.answer = done));
    if (this.service.refuses) throw new Error("nobody is let in");
    this.present = true;
    this.timer = setInterval(() => this.report(), this.every);
    this.turn("joined");
    this.service.tell();
  }

  /** Lets somebody in at last. */
  letIn(): void {
    this.answer();
  }

  async publish(stream: MediaStream, kind: number): Promise<void> {
    const [track] = stream.getTracks();
    if (this.service.deaf || !track) throw new Error("no permission to publish");
    this.given.set(kind, track);
    this.sending.set(kind, { ...track, id: `${track.id} of ${this.sessionId}` });
    this.service.tell();
  }

  async stopPublish(kind: number): Promise<void> {
    this.sending.delete(kind);
    this.service.tell();
  }

  async leave(): Promise<void> {
    this.leaves += 1;
    this.drop("left");
  }

  /** The connection is lost, and their client is at work on it. */
  lose(): void {
    this.turn("reconnecting");
  }

  /** It is back, by other connections, on which nothing is sent yet. */
  comeBack(): void {
    this.sending.clear();
    this.turn("joined");
    this.service.tell();
  }

  /** It is over: put out, or given up. */
  drop(state: string): void {
    this.present = false;
    clearInterval(this.timer);
    this.turn(state);
    this.service.tell();
  }

  hear(): void {
    this.members.next(this.service.present.map((call) => this.show(call)));
  }

  private get service(): FakeStreamService {
    return this.client.service;
  }

  private turn(state: string): void {
    this.calling.next(state);
  }

  private show(call: FakeCall): Participant {
    const audio = this.streamOf(call, AUDIO);
    const video = this.wanted.has(call.sessionId) && this.streamOf(call, VIDEO);
    const screen = this.streamOf(call, SCREEN_SHARE);
    return {
      sessionId: call.sessionId,
      userId: call.client.user?.id ?? "",
      isLocalParticipant: call === this,
      joinedAt: { seconds: call.sessionId.split(" ")[1] ?? "0", nanos: 0 },
      publishedTracks: [...call.sending.keys()],
      ...(audio && { audioStream: audio }),
      ...(video && { videoStream: video }),
      ...(screen && { screenShareStream: screen }),
    };
  }

  /** A stream stays when nothing is sent by it any more. */
  private streamOf(call: FakeCall, kind: number): MediaStream | undefined {
    const key = `${call.sessionId} ${kind}`;
    const track = call.sending.get(kind);
    const held = this.streams.get(key);
    if (track && held?.getTracks()[0]?.id !== track.id) this.streams.set(key, new MediaStream([track]));
    return this.streams.get(key);
  }

  private report(): void {
    if (!this.service.cut) this.packets += 1;
    const transport = { type: "transport", selectedCandidatePairId: "p", packetsReceived: this.packets };
    const way: [string, unknown][] = [
      ["t", transport],
      ["p", { type: "candidate-pair", responsesReceived: this.packets }],
    ];
    const ids = this.members.value.flatMap(({ audioStream, videoStream }) =>
      [audioStream, videoStream].flatMap((stream) => stream?.getTracks() ?? []).map(({ id }) => id),
    );
    const streams = ids.map((trackIdentifier) => {
      const frames = { framesDecoded: this.packets, packetsReceived: this.packets };
      return [trackIdentifier, { type: "inbound-rtp", trackIdentifier, ...frames }] as [string, unknown];
    });
    this.sends ||= this.sending.size > 0;
    this.receives ||= this.service.present.some((call) => call !== this && call.sending.size > 0);
    this.reports.next({
      publisherRawStats: reportOf(this.sends ? way : []),
      subscriberRawStats: reportOf(this.receives ? [...way, ...streams] : []),
    });
  }
}

function reportOf(entries: [string, unknown][]): RTCStatsReport {
  return new Map(entries) as unknown as RTCStatsReport;
}
