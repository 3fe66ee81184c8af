/** One session in a GetStream call, from joining until it fails for good or this page leaves. */

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
  type Reports,
  type StreamCall,
  type StreamClient,
  type StreamFacts,
  type StreamOptions,
} from "./sdk";

/** How often the SDK reports on received media. */
const REPORT_EVERY_MS = 500;
/** How long to wait for the hint about the nearest media server. */
const HINT_WITHIN_MS = 1_000;

/** The inputs of a session: the SDK, the local member, the entry, and how to renew its token. */
export type SessionOptions = {
  facts: StreamFacts;
  me: string;
  entry: CallEntry;
  renew(): Promise<CallEntry>;
  onChange(): void;
  logger: Logger;
};

/**
 * The progress of a session; `said` is the SDK's latest state while this page joins. The SDK repairs much on its own:
 * it counts as broken once it gives up or takes too long.
 */
type Phase =
  | { name: "entering"; said: string }
  | { name: "joined" }
  | { name: "recovering" }
  | { name: "broken"; fault: Fault }
  | { name: "closed" };

/** The SDK's objects for one call. */
type Joining = {
  call: StreamCall;
  publisher: GetStreamPublisher;
  pictures: PictureRequests;
  subscriptions: { unsubscribe(): void }[];
};

export class GetStreamSession {
  private phase: Phase = { name: "entering", said: "" };
  private client: StreamClient | null = null;
  private sdk: Joining | null = null;
  private readonly outgoing = new DirectionMonitor();
  private readonly incoming = new DirectionMonitor();
  private readonly roster = new Roster();
  /** The browser's last report on received media, and its time. */
  private received: { report: Report; at: number } | null = null;
  /** Since when the session has not been healthy. */
  private since = performance.now();

  constructor(private readonly options: SessionOptions) {}

  get isConnected(): boolean {
    const silent = (this.sends && !this.outgoing.up) || (this.roster.anySends && !this.incoming.up);
    return this.joined && !silent && !this.sdk?.publisher.behind;
  }

  get doubtful(): boolean {
    return this.outgoing.doubtful || this.incoming.doubtful;
  }

  /** Join and publish. Rejects on failure. */
  async enter(tracks: Tracks): Promise<void> {
    const { facts, me, entry, logger } = this.options;
    const { StreamVideoClient } = await facts.load();
    if (typeof StreamVideoClient !== "function") throw new Error("the configured file is not GetStream's SDK");
    if (this.closed) return;
    this.client = new StreamVideoClient({ apiKey: facts.apiKey, options: optionsOf(facts) });
    await this.client.connectUser({ id: me }, tokensOf(this.options));
    if (this.closed) return this.end();
    const call = this.client.call(facts.callType, entry.callId);
    const publisher = new GetStreamPublisher(call, tracks);
    this.sdk = { call, publisher, pictures: new PictureRequests(call, logger), subscriptions: [] };
    await leaveDevicesAlone(call);
    if (this.closed) return this.end();
    this.sdk.subscriptions = this.listen(call);
    await call.join();
    if (this.phase.name === "entering") this.setPhase(phaseOf(this.phase.said));
    else await this.end();
  }

  /** Check the session; return its fault, if any. */
  check(): Fault | null {
    if (this.phase.name === "broken") return this.phase.fault;
    const now = performance.now();
    if (!this.joined) return overdue(this.since, now);
    const publisher = this.sdk?.publisher;
    void publisher?.sync();
    return publisher?.overdue(now) ?? this.outgoing.check(this.sends) ?? this.incoming.check(this.roster.anySends);
  }

  /** Restart the timeout for becoming healthy. */
  expectLife(): void {
    this.since = performance.now();
  }

  /** Watch exactly these members. */
  watch(members: Iterable<string>): void {
    this.roster.setMembers(members);
    this.askForPictures();
  }

  async setTracks(tracks: Tracks): Promise<void> {
    await this.sdk?.publisher.set(tracks);
  }

  tracksOf(userId: string): MediaStreamTrack[] {
    return this.roster.tracksOf(userId);
  }

  /** Return what has arrived from a member, or null while nothing can. */
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
    this.sdk?.publisher.close();
    for (const one of this.sdk?.subscriptions.splice(0) ?? []) one.unsubscribe();
    void this.end();
  }

  private get joined(): boolean {
    return this.phase.name === "joined";
  }

  private get closed(): boolean {
    return this.phase.name === "closed";
  }

  private get sends(): boolean {
    return this.sdk?.publisher.active ?? false;
  }

  private listen(call: StreamCall): { unsubscribe(): void }[] {
    call.setStatsReportingIntervalInMs(REPORT_EVERY_MS);
    return [
      call.state.callingState$.subscribe((state) => this.onCallingState(state)),
      call.state.participants$.subscribe((present) => {
        this.roster.setPresent(present);
        this.askForPictures();
        this.options.onChange();
      }),
      call.state.callStatsReport$.subscribe((reports) => reports && this.onReports(reports)),
    ];
  }

  /** Handle a calling state of the SDK. States before this page joins or after it leaves do not count. */
  private onCallingState(state: string): void {
    const { phase } = this;
    const was = phase.name === "entering" ? phase.said === JOINED : phase.name === "joined";
    if (was && state !== JOINED) this.expectLife();
    if (phase.name === "entering") phase.said = state;
    else if (phase.name === "joined" || phase.name === "recovering") this.setPhase(phaseOf(state));
  }

  /**
   * Change the phase. Each time the SDK joins, its connections are new: they publish nothing, and no pictures were
   * requested.
   */
  private setPhase(phase: Phase): void {
    this.phase = phase;
    if (phase.name === "joined") {
      this.outgoing.reset();
      this.incoming.reset();
      this.sdk?.pictures.reset();
      this.askForPictures();
      void this.sdk?.publisher.sync();
    }
    this.options.onChange();
  }

  private onReports({ publisherRawStats, subscriberRawStats }: Reports): void {
    if (publisherRawStats) this.outgoing.note(entriesOf(publisherRawStats));
    if (!subscriberRawStats) return;
    const report = entriesOf(subscriberRawStats);
    this.received = { report, at: performance.now() };
    this.incoming.note(report);
  }

  private askForPictures(): void {
    if (this.joined) this.sdk?.pictures.ask(this.roster.watched);
  }

  /** Leave, ignoring failures: the media server notices the absence. */
  private async end(): Promise<void> {
    if (this.sdk) await withTimeout(this.sdk.call.leave()).catch(() => undefined);
    if (this.client) await withTimeout(this.client.disconnectUser()).catch(() => undefined);
  }
}

/** Otherwise the SDK opens camera and microphone, listens for speech while muted, and warns that no audio is played. */
async function leaveDevicesAlone({ camera, microphone, audioBindingsWatchdog }: StreamCall): Promise<void> {
  audioBindingsWatchdog?.setEnabled(false);
  await microphone.disableSpeakingWhileMutedNotification();
  await Promise.all([camera.disable(), microphone.disable()]);
}

/** Return a source of tokens: the one that came with the entry, and later new ones. */
function tokensOf({ entry, renew }: SessionOptions): () => Promise<string> {
  let held: string | null = entry.token;
  return async () => {
    const token = held;
    held = null;
    return token ?? (await renew()).token;
  };
}

/** The server, not the SDK, decides when to try again. */
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
  if (!GIVEN_UP.includes(state)) return { name: "recovering" };
  const details = `GetStream's SDK reports the call as ${state}`;
  return { name: "broken", fault: { errorType: "signaling_failed", details } };
}

function entriesOf(report: RTCStatsReport): Report {
  return report as unknown as Report;
}
