/**
 * A call without a media server: one connection to everybody else, kept alive.
 *
 * In go the live sessions and signals of the server, out come streams and states. What to do about a failure is not
 * decided here: the server is asked, and what it says is done. While the server is away, the call goes on.
 */

import { KINDS, type Kind, type Tracks } from "./peer";
import { type Health, Remote } from "./remote";
import { isPolite, newPage, pageOf, sessionIdOf } from "./sessionId";
import type {
  Candidate,
  Description,
  IceSetup,
  MediaState,
  RemoteSession,
  Sample,
  Signal,
  Signalling,
} from "./signalling";
import { Average, type Look, type Trace, worst } from "./stats";
import { type Fault, LOOK_EVERY_MS } from "./watchdog";

export type { Health } from "./remote";

export const REPORT_EVERY_MS = 5_000;
/** ICE servers are asked for anew after this long: their credentials live for minutes. */
export const SETUP_FRESH_MS = 240_000;
/** A session that vanished may be between two attempts: its connection is kept for so long. */
export const GRACE_MS = 4_000;
/** After the server said that nothing helps, so long until the next try. */
export const REST_MS = 20_000;

/** What is happening to the call, beyond single people: everything else is the page's to word. */
export type Notice = "reconnecting" | "relay" | "moving" | "lost" | "elsewhere";
export type PeerView = {
  userId: string;
  stream: MediaStream;
  health: Health;
  speaking: boolean;
  look: Look | undefined;
  trace: Trace[];
};
export type RoomView = { peers: PeerView[]; notice: Notice | null; average: Sample | null };

export class MeshRoom {
  readonly page = newPage();
  private attempt = 1;
  private readonly remotes = new Map<string, Remote>();
  private readonly missing = new Map<string, number>();
  private readonly seen = new Set<string>();
  private unacknowledged: string[] = [];
  private tracks: Tracks = { audio: null, video: null };
  private media: MediaState = { audio: false, video: false, screen: false };
  private setup: IceSetup & { at: number } = { iceServers: [], relayOnly: false, at: Number.NEGATIVE_INFINITY };
  private work: Promise<void> = Promise.resolve();
  private timers: ReturnType<typeof setInterval>[] = [];
  private failures = 0;
  private restUntil = 0;
  private recovering = false;
  private looking = false;
  private joined = false;
  private over = false;
  private notice: Notice | null = null;
  private connectedTold = false;
  private readonly average = new Average();

  constructor(
    private readonly me: string,
    private readonly server: Signalling,
    private readonly onChange: (view: RoomView) => void,
  ) {}

  get sessionId(): string {
    return sessionIdOf(this.page, this.attempt);
  }

  async join(tracks: MediaStreamTrack[], media: MediaState): Promise<void> {
    for (const kind of KINDS) this.tracks[kind] = tracks.find((track) => track.kind === kind) ?? null;
    this.media = media;
    await this.enter();
    if (this.over) return;
    this.joined = true;
    this.timers = [
      setInterval(() => void this.look(), LOOK_EVERY_MS),
      setInterval(() => this.report(), REPORT_EVERY_MS),
    ];
  }

  /**
   * Takes the live sessions of the meeting, oldest first: opens and closes connections to match. Who is not among
   * `present` has left, and goes at once.
   */
  setSessions(sessions: RemoteSession[], present: ReadonlySet<string>): void {
    this.queue(async () => {
      if (!this.joined || this.over) return;
      if (await this.heedOwn(sessions.filter((one) => one.userId === this.me))) return;
      const others = new Map(sessions.map((one) => [one.userId, pageOf(one.sessionId)]));
      others.delete(this.me);
      for (const [userId, remote] of this.remotes) {
        const page = others.get(userId);
        if (page === remote.page) this.missing.delete(userId);
        else if (page !== undefined || !present.has(userId)) this.drop(userId);
        else if (!this.missing.has(userId)) this.missing.set(userId, performance.now());
      }
      for (const [userId, page] of others) if (!this.remotes.has(userId)) await this.open(userId, page);
    });
  }

  /** Takes signals in the order of the server; each is handled once and then acknowledged. */
  receive(signals: Signal[]): void {
    const fresh = signals.filter((signal) => !this.seen.has(signal._id));
    if (fresh.length === 0) return;
    for (const signal of fresh) this.seen.add(signal._id);
    this.queue(async () => {
      for (const signal of fresh) {
        await this.handle(signal).catch((error) => console.warn("a signal was of no use", error));
      }
      this.acknowledge(fresh.map((signal) => signal._id));
    });
  }

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.tracks = { ...this.tracks, [kind]: track };
    await Promise.all([...this.remotes.values()].map((remote) => remote.setTrack(kind, track)));
  }

  /** Tells the others what is being sent. */
  setMedia(media: MediaState): void {
    this.media = media;
    if (this.joined && !this.over) this.publish();
  }

  async leave(): Promise<void> {
    if (this.over) return;
    this.stop();
    await this.server.closeSession(this.sessionId).catch(() => undefined);
  }

  private stop(): void {
    this.over = true;
    for (const timer of this.timers) clearInterval(timer);
    for (const userId of [...this.remotes.keys()]) this.drop(userId);
  }

  private queue(job: () => Promise<void>): void {
    this.work = this.work.then(job).catch((error) => console.warn("signalling", error));
  }

  private async enter(): Promise<void> {
    await this.server.createSession(this.sessionId);
    this.connectedTold = false;
    this.setup = { ...(await this.server.iceSetup(this.sessionId)), at: performance.now() };
    this.publish();
  }

  /** Returns whether this page is out: the same person has come in from another one. Comes back when forgotten. */
  private async heedOwn(own: RemoteSession[]): Promise<boolean> {
    if (this.recovering) return false;
    const newest = own.at(-1);
    if (newest && pageOf(newest.sessionId) !== this.page) {
      this.stop();
      this.say("elsewhere");
      void this.server.closeSession(this.sessionId).catch(() => undefined);
      return true;
    }
    if (newest?.sessionId !== this.sessionId) await this.enter();
    return false;
  }

  private async open(userId: string, page: string): Promise<Remote> {
    const setup = await this.freshSetup();
    const remote = new Remote(userId, page, this.page, setup, this.tracks, {
      onChange: () => this.changed(),
      onDescription: (description) => this.send(this.server.sendDescription(this.sessionId, userId, description)),
      onCandidate: (candidate) => this.send(this.server.sendCandidate(this.sessionId, userId, candidate)),
    });
    this.remotes.set(userId, remote);
    if (!isPolite(this.page, page)) remote.start();
    this.changed();
    return remote;
  }

  private async freshSetup(): Promise<IceSetup> {
    if (performance.now() - this.setup.at > SETUP_FRESH_MS) {
      this.setup = { ...(await this.server.iceSetup(this.sessionId)), at: performance.now() };
    }
    return this.setup;
  }

  private send(sending: Promise<void>): void {
    sending.catch((error) => console.warn("a signal was not taken", error));
  }

  private acknowledge(ids: string[]): void {
    const all = [...this.unacknowledged.splice(0), ...ids];
    this.server.acknowledge(all).catch(() => this.unacknowledged.push(...all));
  }

  private drop(userId: string): void {
    this.remotes.get(userId)?.close();
    this.remotes.delete(userId);
    this.missing.delete(userId);
    this.changed();
  }

  private async handle(signal: Signal): Promise<void> {
    if (this.over) return;
    const { fromUserId: userId } = signal;
    const page = pageOf(signal.sessionId);
    let remote = this.remotes.get(userId);
    if (remote?.page !== page) {
      if (signal.type !== "sdp" || (signal.data as Description).type !== "offer") return;
      if (remote) this.drop(userId);
      remote = await this.open(userId, page);
    }
    if (signal.type === "sdp") await remote.receiveDescription(signal.data as Description);
    else await remote.receiveCandidate(signal.data as Candidate);
  }

  private publish(): void {
    const state = this.connectedTold ? "connected" : "connecting";
    this.send(this.server.setState(this.sessionId, state, this.media));
  }

  private async look(): Promise<void> {
    if (this.looking || this.over) return;
    this.looking = true;
    try {
      const broken: [Remote, Fault][] = [];
      for (const [userId, remote] of this.remotes) {
        const fault = await remote.look();
        if (this.isGone(userId)) this.drop(userId);
        else if (fault) broken.push([remote, fault]);
      }
      this.settle();
      this.changed();
      const first = broken[0];
      if (first && performance.now() >= this.restUntil)
        await this.recover(
          first[1],
          broken.map(([remote]) => remote),
        );
    } finally {
      this.looking = false;
    }
  }

  private isGone(userId: string): boolean {
    const since = this.missing.get(userId);
    return since !== undefined && performance.now() - since > GRACE_MS;
  }

  /** Notes what has become good again. */
  private settle(): void {
    const all = [...this.remotes.values()];
    if (all.every((remote) => remote.health === "connected")) {
      this.failures = 0;
      if (this.notice !== "elsewhere") this.notice = null;
    }
    if (!this.connectedTold && all.some((remote) => remote.health === "connected")) {
      this.connectedTold = true;
      this.publish();
    }
  }

  /** Asks the server what to do about broken connections, and does it: one recovery at a time. */
  private async recover(fault: Fault, broken: Remote[]): Promise<void> {
    if (this.recovering || this.over) return;
    this.recovering = true;
    for (const remote of broken) remote.mark("reconnecting");
    this.say("reconnecting");
    try {
      const verdict = await this.server.reportFailure(this.sessionId, fault.errorType, fault.details);
      if (!verdict.retryRecommended) {
        for (const remote of broken) remote.mark("lost");
        this.restUntil = performance.now() + REST_MS;
        this.say("lost");
      }
      if (this.over) return;
      this.attempt += 1;
      await this.enter();
      if (!verdict.retryRecommended) return;
      if (verdict.fallbackProvider) this.say("moving");
      else if (this.setup.relayOnly) this.say("relay");
      this.failures += 1;
      for (const remote of broken) {
        if (this.remotes.get(remote.userId) === remote) remote.recover(this.setup, this.failures);
      }
    } catch (error) {
      console.warn("recovery has to wait", error);
      this.restUntil = performance.now() + 1_000;
    } finally {
      this.recovering = false;
    }
  }

  private report(): void {
    if (this.recovering) return;
    const samples = [...this.remotes.values()].flatMap((remote) => {
      const newest = remote.health === "connected" ? remote.trace.at(-1) : undefined;
      if (!newest) return [];
      this.average.add(newest);
      const { packetLoss, latency, jitter } = newest;
      // Somebody who is muted sends little over a good connection: what it could carry counts, too.
      const bitrate = Math.max(newest.bitrate, remote.lastLook?.availableBitrate ?? 0);
      return [{ bitrate, packetLoss, latency, jitter }];
    });
    const all = worst(samples);
    if (all) void this.server.reportQuality(this.sessionId, all).catch(() => undefined);
  }

  private say(notice: Notice): void {
    this.notice = notice;
    this.changed();
  }

  private changed(): void {
    const peers = [...this.remotes.values()].map((remote) => ({
      userId: remote.userId,
      stream: remote.stream,
      health: remote.health,
      speaking: remote.speaking,
      look: remote.lastLook,
      trace: remote.trace,
    }));
    this.onChange({ peers, notice: this.notice, average: this.average.value });
  }
}
