/** One stay in a call at GetStream: from coming in until it cannot be mended there or one leaves. */

import { isOneOf, type Report } from "../../monitor/report";
import { CONNECT_WITHIN_MS, type Fault, overdue } from "../../monitor/silence";
import { readStats, type StatsSnapshot } from "../../monitor/stats";
import type { CallEntry } from "../../signalling";
import { withTimeout } from "../../timeouts";
import type { Tracks } from "../mesh/negotiation";
import { DirectionMonitor } from "./directionMonitor";
import { GetStreamPublisher } from "./publisher";
import {
  AUDIO,
  GIVEN_UP,
  JOINED,
  type Participant,
  type Reports,
  SCREEN_SHARE,
  type Size,
  type StreamCall,
  type StreamClient,
  type StreamFacts,
  type StreamOptions,
  VIDEO,
} from "./sdk";

/** How often their client is to say what arrives. */
const REPORT_EVERY_MS = 500;
/** The place of the media server is a hint: so long it is waited for. */
const HINT_WITHIN_MS = 1_000;
/** The size of all pictures together; with more people each is smaller. */
const SCREEN = { width: 1280, height: 720 };

export class GetStreamSession {
  private client: StreamClient | null = null;
  private call: StreamCall | null = null;
  private sending: GetStreamPublisher | null = null;
  private readonly out = new DirectionMonitor();
  private readonly back = new DirectionMonitor();
  private present: Participant[] = [];
  private members: ReadonlySet<string> = new Set();
  /** What the browser said last of what arrives, and when. */
  private received: { report: Report; at: number } | null = null;
  private listening: { unsubscribe(): void }[] = [];
  private asked = "";
  private state = "";
  private token: string | null;
  private entered = false;
  private fault: Fault | null = null;
  private over = false;
  /** Since when it has not been what it should be. */
  private since = performance.now();

  constructor(
    private readonly facts: StreamFacts,
    private readonly me: string,
    private readonly entry: CallEntry,
    private readonly renew: () => Promise<CallEntry>,
    private readonly onChange: () => void,
  ) {
    this.token = entry.token;
  }

  get whole(): boolean {
    const silent = (this.sends && !this.out.up) || (this.receives && !this.back.up);
    return this.joined && !silent && !this.sending?.behind;
  }

  get doubtful(): boolean {
    return this.out.doubtful || this.back.doubtful;
  }

  /** Comes in and sends. Rejects when that cannot be. */
  async enter(tracks: Tracks): Promise<void> {
    const { StreamVideoClient } = await this.facts.load();
    if (typeof StreamVideoClient !== "function") throw new Error("the configured file is not GetStream's client");
    if (this.over) return;
    this.client = new StreamVideoClient({ apiKey: this.facts.apiKey, options: optionsOf(this.facts) });
    await this.client.connectUser({ id: this.me }, () => this.pass());
    if (this.over) return this.end();
    this.call = this.client.call(this.facts.callType, this.entry.callId);
    this.sending = new GetStreamPublisher(this.call, tracks);
    await this.leaveDevicesAlone(this.call);
    this.listen(this.call);
    await this.call.join();
    if (this.over) return this.end();
    this.entered = true;
    this.stand();
  }

  /** Looks at it; returns what is wrong with it, if anything. */
  look(): Fault | null {
    if (this.fault) return this.fault;
    const now = performance.now();
    if (!this.joined) return overdue(this.since, now);
    void this.sending?.sync();
    return this.sending?.overdue(now) ?? this.out.look(this.sends) ?? this.back.look(this.receives);
  }

  /** From now on it has its time to be as it should be. */
  expectLife(): void {
    this.since = performance.now();
  }

  /** Sees to it that these people are watched, and nobody else. */
  watch(members: Iterable<string>): void {
    this.members = new Set(members);
    this.ask();
  }

  async setTracks(tracks: Tracks): Promise<void> {
    await this.sending?.set(tracks);
  }

  /** What somebody sends; of a screen and a camera, the screen. */
  tracksOf(userId: string): MediaStreamTrack[] {
    const { publishedTracks: sent = [], audioStream, videoStream, screenShareStream } = this.newestOf(userId) ?? {};
    const screen = sent.includes(SCREEN_SHARE) ? screenShareStream : undefined;
    const streams = [sent.includes(AUDIO) && audioStream, screen ?? (sent.includes(VIDEO) && videoStream)];
    return streams.flatMap((stream) => (stream ? stream.getTracks() : []));
  }

  /** What has arrived of somebody who is in the call, or null while nothing can. */
  seen(userId: string): StatsSnapshot | null {
    const found = this.newestOf(userId);
    if (!found || !this.joined || !this.received) return null;
    if (found.publishedTracks.length > 0 && !this.back.up) return null;
    const { report, at } = this.received;
    const tracks = this.tracksOf(userId).map(({ id }) => id);
    return readStats(report, at, (stream, entries) => isOneOf(stream, entries, tracks));
  }

  close(): void {
    this.over = true;
    this.sending?.close();
    for (const one of this.listening.splice(0)) one.unsubscribe();
    void this.end();
  }

  private get joined(): boolean {
    return this.entered && this.state === JOINED;
  }

  private get sends(): boolean {
    return this.sending?.active ?? false;
  }

  private get receives(): boolean {
    return [...this.members].some((userId) => (this.newestOf(userId)?.publishedTracks.length ?? 0) > 0);
  }

  /** The token that came with the way in, and later a new one. */
  private async pass(): Promise<string> {
    const held = this.token;
    this.token = null;
    return held ?? (await this.renew()).token;
  }

  /**
   * Without this their client opens camera and microphone by itself, listens to who is muted, and complains that nobody
   * is heard by way of it.
   */
  private async leaveDevicesAlone({ camera, microphone, audioBindingsWatchdog }: StreamCall): Promise<void> {
    audioBindingsWatchdog?.setEnabled(false);
    await microphone.disableSpeakingWhileMutedNotification();
    await Promise.all([camera.disable(), microphone.disable()]);
  }

  private listen(call: StreamCall): void {
    call.setStatsReportingIntervalInMs(REPORT_EVERY_MS);
    this.listening = [
      call.state.callingState$.subscribe((state) => this.turn(state)),
      call.state.participants$.subscribe((present) => this.meet(present)),
      call.state.callStatsReport$.subscribe((reports) => reports && this.note(reports)),
    ];
  }

  private turn(state: string): void {
    if (this.state === JOINED && state !== JOINED) this.expectLife();
    this.state = state;
    if (this.entered) this.stand();
  }

  /**
   * Their client mends much by itself: what it has given up is broken at once, the rest when it takes too long. Every
   * time it has joined, its connections are others, which send nothing yet and have been asked for nothing.
   */
  private stand(): void {
    if (GIVEN_UP.includes(this.state)) this.fault ??= gone(this.state);
    if (this.joined) {
      this.out.reset();
      this.back.reset();
      this.asked = "";
      this.ask();
      void this.sending?.sync();
    }
    this.onChange();
  }

  private meet(present: Participant[]): void {
    this.present = present.filter(({ isLocalParticipant }) => !isLocalParticipant);
    this.ask();
    this.onChange();
  }

  private note({ publisherRawStats, subscriberRawStats }: Reports): void {
    if (publisherRawStats) this.out.note(entriesOf(publisherRawStats));
    if (!subscriberRawStats) return;
    const report = entriesOf(subscriberRawStats);
    this.received = { report, at: performance.now() };
    this.back.note(report);
  }

  /** Sound comes by itself; pictures are asked for, in a size that goes with the number of people. */
  private ask(): void {
    const wanted = [...this.members].flatMap((userId) => this.newestOf(userId) ?? []);
    const asked = JSON.stringify(wanted.map(({ sessionId, publishedTracks }) => [sessionId, publishedTracks]));
    if (!this.call || !this.joined || asked === this.asked) return;
    this.asked = asked;
    const side = Math.ceil(Math.sqrt(wanted.length)) || 1;
    const dimension = { width: Math.ceil(SCREEN.width / side), height: Math.ceil(SCREEN.height / side) };
    const ids = wanted.map(({ sessionId }) => sessionId);
    for (const id of ids) this.wish(this.call, id, dimension);
    this.call.setPreferredIncomingVideoResolution(dimension, ids);
  }

  /** Somebody may have left before their client knew: that costs their picture and no other. */
  private wish(call: StreamCall, sessionId: string, dimension: Size): void {
    try {
      for (const kind of ["videoTrack", "screenShareTrack"] as const) {
        call.state.updateParticipantTracks(kind, { [sessionId]: { dimension } });
      }
    } catch (error) {
      console.warn("a picture could not be asked for", error);
    }
  }

  /** Of several pages of a person the newest: that an older one is gone may not have been noticed. */
  private newestOf(userId: string): Participant | undefined {
    const theirs = this.present.filter((one) => one.userId === userId);
    return theirs.sort((one, other) => joinedAt(one) - joinedAt(other)).at(-1);
  }

  /** Goes, whatever becomes of it: what they cannot be told they find out. */
  private async end(): Promise<void> {
    const { call, client } = this;
    if (call) await withTimeout(call.leave()).catch(() => undefined);
    if (client) await withTimeout(client.disconnectUser()).catch(() => undefined);
  }
}

/** When to try again is not their client's to say but the server's. */
function optionsOf({ baseUrl }: StreamFacts): StreamOptions {
  return {
    maxConnectUserRetries: 1,
    defaultWsTimeout: CONNECT_WITHIN_MS,
    locationHintTimeout: HINT_WITHIN_MS,
    clientEventsReportingEnabled: false,
    ...(baseUrl !== undefined && { baseURL: baseUrl }),
  };
}

function gone(state: string): Fault {
  return { errorType: "signaling_failed", details: `GetStream's client says that the call is ${state}` };
}

function joinedAt({ joinedAt }: Participant): number {
  return Number(joinedAt?.seconds ?? 0) * 1e9 + (joinedAt?.nanos ?? 0);
}

function entriesOf(report: RTCStatsReport): Report {
  return report as unknown as Report;
}
