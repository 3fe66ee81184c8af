/**
 * One's own part in the call of a meeting: the session, the room it is held in, and what becomes of it when it fails.
 *
 * In go the live sessions and signals of the server, out come streams and states. What to do about a failure is not
 * decided here: the server is asked, and what it says is done. While the server is away, the call goes on.
 */

import { pageOf } from "./ids";
import { Quality } from "./monitor/quality";
import { LOOK_EVERY_MS } from "./monitor/silence";
import { type Issue, MESH, noticeFor, type RoomLocation } from "./notices";
import { roomFactory } from "./rooms/factory";
import { KINDS, type Kind, type Tracks } from "./rooms/mesh/negotiation";
import { MeshRoom } from "./rooms/mesh/room";
import type { Failure, LocalParticipant, Notice, RoomView } from "./rooms/room";
import { RoomTransition } from "./rooms/transition";
import { LocalSession } from "./session/localSession";
import { Ownership } from "./session/ownership";
import { Participants } from "./session/participants";
import { SignalInbox } from "./session/signalInbox";
import type {
  Description,
  IceSetup,
  MediaState,
  RemoteSession,
  RoomState,
  SessionFacts,
  Signal,
  Signalling,
} from "./signalling";
import { sleep, withAbort, withTimeout } from "./timeouts";

export const REPORT_EVERY_MS = 5_000;
/** After the server said that nothing helps, so long until the next try. */
export const REST_MS = 20_000;
/** A session that the server refused is asked for again after so long. */
const RESUME_AGAIN_MS = 3_000;
/** A move that the server did not let this page make is tried again after so long. */
const FOLLOW_AGAIN_MS = 1_000;
/** So long the page says that the room has moved. */
const MOVED_MS = 6_000;

export class Call implements LocalParticipant {
  private readonly own: LocalSession;
  private readonly rooms = new RoomTransition();
  /** Where the room is, by the server's word, and where this page is or is going. */
  private place: RoomState | null = null;
  private at: RoomLocation | null = null;
  /** The generation of the room when the first session began, or an earlier one. */
  private firstGeneration = 0;
  private readonly participants: Participants;
  private readonly inbox: SignalInbox;
  private tracks: Tracks = { audio: null, video: null };
  private media: MediaState = { audio: false, video: false, screen: false };
  private resumeAt = Number.POSITIVE_INFINITY;
  private refusal: unknown = null;
  private followAt = Number.POSITIVE_INFINITY;
  private work: Promise<void> = Promise.resolve();
  private timers: ReturnType<typeof setInterval>[] = [];
  private failures = 0;
  private restUntil = 0;
  private recovering = false;
  private looking = false;
  private doubted = false;
  private joined = false;
  /** Whether another page of the same person has the call now. */
  replaced = false;
  private newest: RemoteSession[] = [];
  private readonly ownership: Ownership;
  private issue: Issue | null = null;
  private movedAt = Number.NEGATIVE_INFINITY;
  private readonly quality = new Quality();

  constructor(
    readonly me: string,
    private readonly raw: Signalling,
    private readonly onChange: (view: RoomView) => void,
  ) {
    this.own = new LocalSession(raw, () => this.facts);
    this.ownership = new Ownership(this.page);
    this.participants = new Participants(me);
    this.inbox = new SignalInbox(raw);
  }

  get page(): string {
    return this.own.page;
  }

  get server(): Signalling {
    return this.own.server;
  }

  get sessionId(): string {
    return this.own.id;
  }

  /** The sessions that end when this page leaves: its own, and those that pages before it left behind. */
  get sessionIds(): string[] {
    return [...this.ownership.older, ...this.own.ids];
  }

  async join(tracks: MediaStreamTrack[], media: MediaState): Promise<void> {
    for (const kind of KINDS) this.tracks[kind] = tracks.find((track) => track.kind === kind) ?? null;
    this.media = media;
    await this.work;
    this.firstGeneration = this.place?.generation ?? 0;
    await this.own.enter();
    if (this.own.isOver) return;
    this.joined = true;
    this.queue(() => this.follow());
    this.timers = [
      setInterval(() => void this.look(), LOOK_EVERY_MS),
      setInterval(() => this.report(), REPORT_EVERY_MS),
    ];
  }

  /** Takes where the room is: goes there, together with everybody else. */
  setRoom(place: RoomState): void {
    this.queue(async () => {
      const wasClosed = this.place !== null && this.place.state !== "ready";
      this.place = place;
      await this.follow(wasClosed);
    });
  }

  /** Takes the live sessions of the meeting, oldest first, and who is present; the room follows. */
  setSessions(sessions: RemoteSession[], present: ReadonlySet<string>): void {
    this.newest = sessions;
    this.queue(async () => {
      // A list from before this page's last session would look as if the server had forgotten that.
      if (!this.joined || this.own.isOver || this.newest !== sessions) return;
      this.resumeAt = Number.POSITIVE_INFINITY;
      if (await this.checkOwnSessions(sessions.filter((one) => one.userId === this.me))) return;
      this.participants.update(sessions, present, performance.now());
      await this.seat();
    });
  }

  /** Takes signals in the order of the server; each is handled once and then acknowledged, none before this page is in. */
  receive(signals: Signal[]): void {
    if (!this.joined) return;
    const fresh = this.inbox.fresh(signals);
    if (fresh.length === 0) return;
    this.queue(async () => {
      for (const signal of fresh) {
        await this.handle(signal).catch((error) => console.warn("a signal was of no use", error));
      }
      this.inbox.acknowledge(fresh);
    });
  }

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.tracks = { ...this.tracks, [kind]: track };
    await this.rooms.setTrack(kind, track);
  }

  /** Tells the others what is being sent. */
  setMedia(media: MediaState): void {
    this.media = media;
    this.publish();
  }

  async leave(): Promise<void> {
    if (this.own.isOver) return;
    this.stop();
    await this.own.leave(this.sessionIds);
  }

  async session(): Promise<string> {
    await this.own.gate.pass();
    return this.sessionId;
  }

  setup(): Promise<IceSetup> {
    return this.own.ice.valid();
  }

  changed(): void {
    const { refusal, notice } = this;
    this.onChange({ peers: this.rooms.peers, notice, average: this.quality.average, refusal });
  }

  publish(): void {
    if (this.joined && !this.own.isOver) this.own.publish();
  }

  private get notice(): Notice | null {
    if (this.replaced) return "elsewhere";
    const moved = performance.now() - this.movedAt < MOVED_MS;
    const silent = this.rooms.peers.some(({ health }) => health === "reconnecting");
    const trouble = this.issue ?? (silent ? "reconnecting" : null);
    return noticeFor({ at: this.at, place: this.place, moving: this.rooms.moving, moved, issue: trouble });
  }

  private stop(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.rooms.leave();
  }

  private queue(job: () => Promise<void>): void {
    this.work = this.work.then(job).catch((error) => console.warn("signalling", error));
  }

  private seat(): Promise<void> {
    return this.rooms.setPeople(this.participants.people, this.participants.feedNames);
  }

  /** Goes where the room is, once it can be entered. */
  private async follow(wasClosed = false): Promise<void> {
    const { place, at } = this;
    this.followAt = Number.POSITIVE_INFINITY;
    this.changed();
    if (!this.joined || this.own.isOver || place?.state !== "ready") return;
    const { provider, generation } = place;
    if (at?.generation === generation && at.provider === provider) {
      if (wasClosed && !this.rooms.whole) await this.comeBack(at);
      return;
    }
    try {
      const make = await roomFactory(provider, this);
      if (this.own.isOver) return;
      this.at = { provider, generation, possible: make !== null };
      if (at || this.firstGeneration !== generation) await this.own.replace();
      this.issue = null;
      this.failures = 0;
      if (provider === MESH && this.rooms.isA(MeshRoom)) this.rooms.stay();
      else if (make) this.rooms.moveTo(make(this.tracks));
    } catch (error) {
      this.at = at;
      this.followAt = performance.now() + FOLLOW_AGAIN_MS;
      throw error;
    }
    await this.seat();
    this.changed();
  }

  /** Begins the session anew, unless this page has left meanwhile, or gone elsewhere. */
  private async comeBack(at: RoomLocation | null): Promise<void> {
    if (this.own.isOver || this.at !== at) return;
    await this.own.replace();
    this.rooms.rejoin();
  }

  /**
   * Returns whether this page is out: the same person has come in from another one. Comes back when forgotten, but not
   * into a room that is about to be left.
   */
  private async checkOwnSessions(own: RemoteSession[]): Promise<boolean> {
    if (this.ownership.isLost(own)) {
      this.stop();
      this.own.giveUp();
      this.replaced = true;
      this.changed();
      return true;
    }
    if (this.recovering || this.issue === "moving") return false;
    if (own.at(-1)?.sessionId !== this.sessionId) await this.resume();
    return false;
  }

  /** Makes the session again that the server has closed. While it is refused, people are told, and it is tried again. */
  private async resume(): Promise<void> {
    if (this.own.isOver || this.recovering) return;
    try {
      await this.own.enter();
      this.refusal = null;
    } catch (error) {
      if (this.own.isOver) return;
      this.refusal = error;
      this.resumeAt = performance.now() + RESUME_AGAIN_MS;
    }
    this.changed();
  }

  private async handle(signal: Signal): Promise<void> {
    if (this.own.isOver) return;
    const page = pageOf(signal.sessionId);
    if (this.participants.people.get(signal.fromUserId) !== page) {
      if (signal.type !== "sdp" || (signal.data as Description).type !== "offer") return;
      this.participants.meet(signal.fromUserId, page);
      await this.seat();
    }
    await this.rooms.receive(signal);
  }

  private get facts(): SessionFacts {
    const candidateType = this.own.connected ? this.rooms.way : undefined;
    const { feed } = this.rooms;
    const { generation = 0 } = this.at ?? {};
    return { ...this.media, generation, ...(candidateType && { candidateType }), ...(feed && { feed }) };
  }

  private async look(): Promise<void> {
    if (this.looking || this.own.isOver) return;
    this.looking = true;
    try {
      const moving = this.rooms.moving;
      const broken = await this.rooms.look(this.participants.allArrived(this.at?.generation ?? 0));
      if (moving && !this.rooms.moving) this.movedAt = performance.now();
      if (this.participants.expire(performance.now())) this.queue(() => this.seat());
      this.settle();
      this.changed();
      this.checkServer();
      if (performance.now() >= this.followAt) this.queue(() => this.follow());
      this.own.publishIfDue();
      if (performance.now() >= this.resumeAt) {
        this.resumeAt = Number.POSITIVE_INFINITY;
        this.queue(() => this.resume());
      }
      if (this.own.ice.due) void this.refresh();
      if (broken.length > 0 && performance.now() >= this.restUntil) void this.recover(broken);
    } finally {
      this.looking = false;
    }
  }

  /** Silence may mean that this page is cut off from everything: it is the server that would help. */
  private checkServer(): void {
    const { doubtful } = this.rooms;
    if (doubtful && !this.doubted) this.server.check();
    this.doubted = doubtful;
  }

  /** Gives what is connected new credentials before the old ones end. */
  private async refresh(): Promise<void> {
    try {
      await this.own.ice.renew();
      this.rooms.refresh(this.own.ice.current);
    } catch (error) {
      console.warn("new ICE servers have to wait", error);
    }
  }

  /** Notes what has become good again. */
  private settle(): void {
    if (this.rooms.whole && this.rooms.peers.every((peer) => peer.health === "connected")) {
      this.failures = 0;
      if (this.issue !== "moving") this.issue = null;
    }
    if (!this.own.connected && this.rooms.reached) {
      this.own.connected = true;
      this.own.publish();
    }
  }

  /**
   * Asks the server what to do about broken connections, and does it, when the server says so: one recovery at a time.
   * While the room is closed, and when it moves, there is nothing to do but to follow it.
   */
  private async recover(broken: Failure[]): Promise<void> {
    const [first] = broken;
    const { at } = this;
    if (!first || this.recovering || this.own.isOver || this.place?.state !== "ready") return;
    this.recovering = true;
    for (const { target: line } of broken) line.mark("reconnecting");
    this.say("reconnecting");
    this.server.check();
    this.own.gate.shut();
    try {
      const { errorType, details } = first.fault;
      const { sessionId } = this;
      const tell = () => this.raw.reportFailure(sessionId, errorType, details);
      const verdict = await withAbort((until) => this.own.retry(tell, until));
      this.own.forget(sessionId);
      if (this.own.isOver || this.at !== at) return;
      if (at && verdict.fallbackProvider === at.provider) return this.queue(() => this.comeBack(at));
      if (verdict.fallbackProvider) return this.say("moving");
      if (!verdict.retryRecommended) {
        for (const { target: line } of broken) line.mark("lost");
        this.restUntil = performance.now() + REST_MS;
        this.say("lost");
      }
      if (verdict.waitMs) await sleep(verdict.waitMs);
      if (this.own.isOver || this.at !== at) return;
      await withTimeout(this.own.begin());
      const healed = this.issue === null;
      if (healed || !verdict.retryRecommended || this.at !== at) return;
      if (this.own.ice.current.relayOnly) this.say("relay");
      this.failures += 1;
      for (const { target: line } of broken) line.recover(this.own.ice.current, this.failures);
    } catch (error) {
      console.warn("recovery has to wait", error);
      this.restUntil = performance.now() + 1_000;
      this.resumeAt = performance.now() + RESUME_AGAIN_MS;
    } finally {
      this.own.gate.open();
      this.recovering = false;
    }
  }

  private report(): void {
    const all = this.recovering ? null : this.quality.take(this.rooms.peers);
    if (all) void this.raw.reportQuality(this.sessionId, all).catch(() => undefined);
  }

  private say(trouble: Issue): void {
    this.issue = trouble;
    this.changed();
  }
}
