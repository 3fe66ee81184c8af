/** One stay in a call at GetStream: from coming in until it cannot be mended there or one leaves. */

import type { Logger } from "../../logger";
import { isOneOf, type Report } from "../../monitor/report";
import { CONNECT_WITHIN_MS, overdue } from "../../monitor/silence";
import { readStats } from "../../monitor/stats";
import type { CallEntry } from "../../signalling";
import { withTimeout } from "../../timeouts";
import type { Fault, StatsSnapshot, Tracks } from "../../types";
import { DirectionMonitor } from "./directionMonitor";
import { PictureRequests } from "./pictures";
import { GetStreamPublisher } from "./publisher";
import { Roster } from "./roster";
import {
  GIVEN_UP,
  JOINED,
  type Participant,
  type Reports,
  type StreamCall,
  type StreamClient,
  type StreamFacts,
  type StreamOptions,
} from "./sdk";

/** How often their client is to say what arrives. */
const REPORT_EVERY_MS = 500;
/** The place of the media server is a hint: so long it is waited for. */
const HINT_WITHIN_MS = 1_000;

/** What a stay is given: their client, whose stay it is, the way in, and another token when that one has ended. */
export type StayOptions = {
  facts: StreamFacts;
  me: string;
  entry: CallEntry;
  renew(): Promise<CallEntry>;
  onChange(): void;
  logger: Logger;
};

/**
 * How far the stay has come: `said` is what their client says while this page comes in. Their client mends much by itself:
 * what it has given up is broken at once, the rest when it takes too long.
 */
type Phase =
  | { name: "entering"; said: string }
  | { name: "joined" }
  | { name: "mending" }
  | { name: "broken"; fault: Fault }
  | { name: "closed" };

/** Everything of their call that this page uses. */
type Joining = {
  call: StreamCall;
  publisher: GetStreamPublisher;
  pictures: PictureRequests;
  subscriptions: { unsubscribe(): void }[];
};

export class GetStreamSession {
  private phase: Phase = { name: "entering", said: "" };
  private client: StreamClient | null = null;
  private theirs: Joining | null = null;
  private readonly outgoing = new DirectionMonitor();
  private readonly incoming = new DirectionMonitor();
  private readonly roster = new Roster();
  /** What the browser said last of what arrives, and when. */
  private received: { report: Report; at: number } | null = null;
  private token: string | null;
  /** Since when it has not been what it should be. */
  private since = performance.now();

  constructor(private readonly options: StayOptions) {
    this.token = options.entry.token;
  }

  get whole(): boolean {
    const silent = (this.sends && !this.outgoing.up) || (this.roster.anySends && !this.incoming.up);
    return this.joined && !silent && !this.theirs?.publisher.behind;
  }

  get doubtful(): boolean {
    return this.outgoing.doubtful || this.incoming.doubtful;
  }

  /** Comes in and sends. Rejects when that cannot be. */
  async enter(tracks: Tracks): Promise<void> {
    const { facts, me, entry, logger } = this.options;
    const { StreamVideoClient } = await facts.load();
    if (typeof StreamVideoClient !== "function") throw new Error("the configured file is not GetStream's client");
    if (this.closed) return;
    this.client = new StreamVideoClient({ apiKey: facts.apiKey, options: optionsOf(facts) });
    await this.client.connectUser({ id: me }, () => this.pass());
    if (this.closed) return this.end();
    const call = this.client.call(facts.callType, entry.callId);
    const publisher = new GetStreamPublisher(call, tracks);
    this.theirs = { call, publisher, pictures: new PictureRequests(call, logger), subscriptions: [] };
    await leaveDevicesAlone(call);
    if (this.closed) return this.end();
    this.theirs.subscriptions = this.listen(call);
    await call.join();
    if (this.phase.name === "entering") this.turn(phaseOf(this.phase.said));
    else await this.end();
  }

  /** Looks at it; returns what is wrong with it, if anything. */
  look(): Fault | null {
    if (this.phase.name === "broken") return this.phase.fault;
    const now = performance.now();
    if (!this.joined) return overdue(this.since, now);
    const publisher = this.theirs?.publisher;
    void publisher?.sync();
    return publisher?.overdue(now) ?? this.outgoing.look(this.sends) ?? this.incoming.look(this.roster.anySends);
  }

  /** From now on it has its time to be as it should be. */
  expectLife(): void {
    this.since = performance.now();
  }

  /** Sees to it that these people are watched, and nobody else. */
  watch(members: Iterable<string>): void {
    this.roster.setMembers(members);
    this.askForPictures();
  }

  async setTracks(tracks: Tracks): Promise<void> {
    await this.theirs?.publisher.set(tracks);
  }

  tracksOf(userId: string): MediaStreamTrack[] {
    return this.roster.tracksOf(userId);
  }

  /** What has arrived of somebody who is in the call, or null while nothing can. */
  seen(userId: string): StatsSnapshot | null {
    const found = this.roster.newestOf(userId);
    if (!found || !this.joined || !this.received) return null;
    if (found.publishedTracks.length > 0 && !this.incoming.up) return null;
    const { report, at } = this.received;
    const tracks = this.tracksOf(userId).map(({ id }) => id);
    return readStats(report, at, (stream, entries) => isOneOf(stream, entries, tracks));
  }

  close(): void {
    this.phase = { name: "closed" };
    this.theirs?.publisher.close();
    for (const one of this.theirs?.subscriptions.splice(0) ?? []) one.unsubscribe();
    void this.end();
  }

  private get joined(): boolean {
    return this.phase.name === "joined";
  }

  private get closed(): boolean {
    return this.phase.name === "closed";
  }

  private get sends(): boolean {
    return this.theirs?.publisher.active ?? false;
  }

  /** The token that came with the way in, and later a new one. */
  private async pass(): Promise<string> {
    const held = this.token;
    this.token = null;
    return held ?? (await this.options.renew()).token;
  }

  private listen(call: StreamCall): { unsubscribe(): void }[] {
    call.setStatsReportingIntervalInMs(REPORT_EVERY_MS);
    return [
      call.state.callingState$.subscribe((state) => this.hear(state)),
      call.state.participants$.subscribe((present) => this.meet(present)),
      call.state.callStatsReport$.subscribe((reports) => reports && this.note(reports)),
    ];
  }

  /** Takes what their client says of the call; nothing of it counts before this page is in, or once it is out. */
  private hear(state: string): void {
    const { phase } = this;
    const was = phase.name === "entering" ? phase.said === JOINED : phase.name === "joined";
    if (was && state !== JOINED) this.expectLife();
    if (phase.name === "entering") phase.said = state;
    else if (phase.name === "joined" || phase.name === "mending") this.turn(phaseOf(state));
  }

  /** Every time their client has joined, its connections are others, which send nothing yet and were asked for nothing. */
  private turn(phase: Phase): void {
    this.phase = phase;
    if (phase.name === "joined") {
      this.outgoing.reset();
      this.incoming.reset();
      this.theirs?.pictures.reset();
      this.askForPictures();
      void this.theirs?.publisher.sync();
    }
    this.options.onChange();
  }

  private meet(present: Participant[]): void {
    this.roster.setPresent(present);
    this.askForPictures();
    this.options.onChange();
  }

  private note({ publisherRawStats, subscriberRawStats }: Reports): void {
    if (publisherRawStats) this.outgoing.note(entriesOf(publisherRawStats));
    if (!subscriberRawStats) return;
    const report = entriesOf(subscriberRawStats);
    this.received = { report, at: performance.now() };
    this.incoming.note(report);
  }

  private askForPictures(): void {
    if (this.joined) this.theirs?.pictures.ask(this.roster.watched);
  }

  /** Goes, whatever becomes of it: what they cannot be told they find out. */
  private async end(): Promise<void> {
    if (this.theirs) await withTimeout(this.theirs.call.leave()).catch(() => undefined);
    if (this.client) await withTimeout(this.client.disconnectUser()).catch(() => undefined);
  }
}

/**
 * Without this their client opens camera and microphone by itself, listens to who is muted, and complains that nobody
 * is heard by way of it.
 */
async function leaveDevicesAlone({ camera, microphone, audioBindingsWatchdog }: StreamCall): Promise<void> {
  audioBindingsWatchdog?.setEnabled(false);
  await microphone.disableSpeakingWhileMutedNotification();
  await Promise.all([camera.disable(), microphone.disable()]);
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

function phaseOf(state: string): Phase {
  if (state === JOINED) return { name: "joined" };
  if (!GIVEN_UP.includes(state)) return { name: "mending" };
  const details = `GetStream's client says that the call is ${state}`;
  return { name: "broken", fault: { errorType: "signaling_failed", details } };
}

function entriesOf(report: RTCStatsReport): Report {
  return report as unknown as Report;
}
