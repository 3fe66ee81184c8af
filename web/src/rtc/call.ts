/**
 * One's own part in the call of a meeting: the session, the room it is held in, and what becomes of it when it fails.
 *
 * In go the live sessions and signals of the server, out come streams and states. What to do about a failure is not
 * decided here: the server is asked, and what it says is done. While the server is away, the call goes on.
 */

import { Attendance } from "./attendance";
import { MeshRoom } from "./mesh";
import { KINDS, type Kind, type Tracks } from "./peer";
import type { Break, Notice, PeerView, Room, RoomView, Seat } from "./room";
import { newPage, pageOf, sessionIdOf } from "./sessionId";
import type { Description, IceSetup, MediaState, RemoteSession, Signal, Signalling } from "./signalling";
import { Average, worst } from "./stats";
import { LOOK_EVERY_MS } from "./watchdog";

export const REPORT_EVERY_MS = 5_000;
/** ICE servers are asked for anew after this long: their credentials live for minutes. */
export const SETUP_FRESH_MS = 240_000;
/** After the server said that nothing helps, so long until the next try. */
export const REST_MS = 20_000;

export class Call implements Seat {
  readonly page = newPage();
  private attempt = 1;
  private room: Room | null = null;
  private readonly attendance: Attendance;
  private readonly seen = new Set<string>();
  private unacknowledged: string[] = [];
  private tracks: Tracks = { audio: null, video: null };
  private media: MediaState = { audio: false, video: false, screen: false };
  private ice: IceSetup & { at: number } = { iceServers: [], relayOnly: false, at: Number.NEGATIVE_INFINITY };
  private work: Promise<void> = Promise.resolve();
  private timers: ReturnType<typeof setInterval>[] = [];
  private failures = 0;
  private restUntil = 0;
  private recovering = false;
  private looking = false;
  private over = false;
  private notice: Notice | null = null;
  private connectedTold = false;
  private readonly average = new Average();

  constructor(
    private readonly me: string,
    readonly server: Signalling,
    private readonly onChange: (view: RoomView) => void,
  ) {
    this.attendance = new Attendance(me);
  }

  get sessionId(): string {
    return sessionIdOf(this.page, this.attempt);
  }

  async join(tracks: MediaStreamTrack[], media: MediaState): Promise<void> {
    for (const kind of KINDS) this.tracks[kind] = tracks.find((track) => track.kind === kind) ?? null;
    this.media = media;
    await this.enter();
    if (this.over) return;
    this.room = new MeshRoom(this, this.tracks);
    this.timers = [
      setInterval(() => void this.look(), LOOK_EVERY_MS),
      setInterval(() => this.report(), REPORT_EVERY_MS),
    ];
  }

  /** Takes the live sessions of the meeting, oldest first, and who is present; the room follows. */
  setSessions(sessions: RemoteSession[], present: ReadonlySet<string>): void {
    this.queue(async () => {
      if (this.room === null || this.over) return;
      if (await this.heedOwn(sessions.filter((one) => one.userId === this.me))) return;
      this.attendance.update(sessions, present, performance.now());
      await this.seat();
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
    await this.room?.setTrack(kind, track);
  }

  /** Tells the others what is being sent. */
  setMedia(media: MediaState): void {
    this.media = media;
    if (this.room !== null && !this.over) this.publish();
  }

  async leave(): Promise<void> {
    if (this.over) return;
    this.stop();
    await this.server.closeSession(this.sessionId).catch(() => undefined);
  }

  async setup(): Promise<IceSetup> {
    if (performance.now() - this.ice.at > SETUP_FRESH_MS) await this.renew();
    return this.ice;
  }

  changed(): void {
    this.onChange({ peers: this.peers, notice: this.notice, average: this.average.value });
  }

  private get peers(): PeerView[] {
    return this.room?.peers ?? [];
  }

  private stop(): void {
    this.over = true;
    for (const timer of this.timers) clearInterval(timer);
    this.room?.leave();
  }

  private queue(job: () => Promise<void>): void {
    this.work = this.work.then(job).catch((error) => console.warn("signalling", error));
  }

  private async enter(): Promise<void> {
    await this.server.createSession(this.sessionId);
    this.connectedTold = false;
    await this.renew();
    this.publish();
  }

  private async renew(): Promise<void> {
    this.ice = { ...(await this.server.iceSetup(this.sessionId)), at: performance.now() };
  }

  private async seat(): Promise<void> {
    await this.room?.setPeople(this.attendance.people);
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

  private acknowledge(ids: string[]): void {
    const all = [...this.unacknowledged.splice(0), ...ids];
    this.server.acknowledge(all).catch(() => this.unacknowledged.push(...all));
  }

  private async handle(signal: Signal): Promise<void> {
    if (this.over) return;
    const page = pageOf(signal.sessionId);
    if (this.attendance.people.get(signal.fromUserId) !== page) {
      if (signal.type !== "sdp" || (signal.data as Description).type !== "offer") return;
      this.attendance.meet(signal.fromUserId, page);
      await this.seat();
    }
    await this.room?.receive(signal);
  }

  private publish(): void {
    const state = this.connectedTold ? "connected" : "connecting";
    this.server
      .setState(this.sessionId, state, this.media)
      .catch((error) => console.warn("the state was not taken", error));
  }

  private async look(): Promise<void> {
    if (this.looking || this.over || this.room === null) return;
    this.looking = true;
    try {
      const broken = await this.room.look();
      if (this.attendance.expire(performance.now())) this.queue(() => this.seat());
      this.settle();
      this.changed();
      if (broken.length > 0 && performance.now() >= this.restUntil) await this.recover(broken);
    } finally {
      this.looking = false;
    }
  }

  /** Notes what has become good again. */
  private settle(): void {
    const all = this.peers;
    if (all.every((peer) => peer.health === "connected")) {
      this.failures = 0;
      if (this.notice !== "elsewhere") this.notice = null;
    }
    if (!this.connectedTold && all.some((peer) => peer.health === "connected")) {
      this.connectedTold = true;
      this.publish();
    }
  }

  /** Asks the server what to do about broken connections, and does it: one recovery at a time. */
  private async recover(broken: Break[]): Promise<void> {
    const [first] = broken;
    if (!first || this.recovering || this.over) return;
    this.recovering = true;
    for (const { line } of broken) line.mark("reconnecting");
    this.say("reconnecting");
    try {
      const verdict = await this.server.reportFailure(this.sessionId, first.fault.errorType, first.fault.details);
      if (!verdict.retryRecommended) {
        for (const { line } of broken) line.mark("lost");
        this.restUntil = performance.now() + REST_MS;
        this.say("lost");
      }
      if (this.over) return;
      this.attempt += 1;
      await this.enter();
      if (!verdict.retryRecommended) return;
      if (verdict.fallbackProvider) this.say("moving");
      else if (this.ice.relayOnly) this.say("relay");
      this.failures += 1;
      for (const { line } of broken) line.recover(this.ice, this.failures);
    } catch (error) {
      console.warn("recovery has to wait", error);
      this.restUntil = performance.now() + 1_000;
    } finally {
      this.recovering = false;
    }
  }

  private report(): void {
    if (this.recovering) return;
    const samples = this.peers.flatMap(({ health, trace, look }) => {
      const newest = health === "connected" ? trace.at(-1) : undefined;
      if (!newest) return [];
      this.average.add(newest);
      const { packetLoss, latency, jitter } = newest;
      // Somebody who is muted sends little over a good connection: what it could carry counts, too.
      const bitrate = Math.max(newest.bitrate, look?.availableBitrate ?? 0);
      return [{ bitrate, packetLoss, latency, jitter }];
    });
    const all = worst(samples);
    if (all) void this.server.reportQuality(this.sessionId, all).catch(() => undefined);
  }

  private say(notice: Notice): void {
    this.notice = notice;
    this.changed();
  }
}
