/**
 * One's own part in the call of a meeting: the session, the room it is held in, and what becomes of it when it fails.
 *
 * In go the live sessions and signals of the server, out come streams and states. What to do about a failure is not
 * decided here: the server is asked, and what it says is done. While the server is away, the call goes on.
 */

import { Attendance } from "./attendance";
import { makerOf } from "./carriers";
import { Gate } from "./gate";
import { Inbox } from "./inbox";
import { MeshRoom } from "./mesh";
import { MESH, noticeFor, type Place, type Trouble } from "./notices";
import { answered, pause } from "./patience";
import { KINDS, type Kind, type Tracks } from "./peer";
import { Quality } from "./quality";
import type { Break, Notice, RoomView, Seat } from "./room";
import { Rooms } from "./rooms";
import { newPage, pageOf, sessionIdOf } from "./sessionId";
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
import { LOOK_EVERY_MS } from "./watchdog";

export const REPORT_EVERY_MS = 5_000;
/** After the server said that nothing helps, so long until the next try. */
export const REST_MS = 20_000;
/** ICE servers that could not be had anew are asked for again after so long. */
const RENEW_AGAIN_MS = 5_000;
/** A move that the server did not let this page make is tried again after so long. */
const FOLLOW_AGAIN_MS = 1_000;
/** So long the page says that the room has moved. */
const MOVED_MS = 6_000;

export class Call implements Seat {
  readonly page = newPage();
  private attempt = 1;
  private readonly rooms = new Rooms();
  /** Where the room is, by the server's word, and where this page is or is going. */
  private place: RoomState | null = null;
  private at: Place | null = null;
  /** The generation of the room when the first session began, or an earlier one. */
  private bornIn = 0;
  private readonly attendance: Attendance;
  private readonly inbox: Inbox;
  /** Shut while there is no session to speak in: a failure that is told ends the one before. */
  private readonly door = new Gate();
  private tracks: Tracks = { audio: null, video: null };
  private media: MediaState = { audio: false, video: false, screen: false };
  private ice: IceSetup = { iceServers: [], relayOnly: false };
  private renewAt = Number.POSITIVE_INFINITY;
  private followAt = Number.POSITIVE_INFINITY;
  private work: Promise<void> = Promise.resolve();
  private timers: ReturnType<typeof setInterval>[] = [];
  private failures = 0;
  private restUntil = 0;
  private recovering = false;
  private looking = false;
  private doubted = false;
  private joined = false;
  private over = false;
  private elsewhere = false;
  private trouble: Trouble | null = null;
  private movedAt = Number.NEGATIVE_INFINITY;
  private connectedTold = false;
  private readonly quality = new Quality();

  constructor(
    readonly me: string,
    readonly server: Signalling,
    private readonly onChange: (view: RoomView) => void,
  ) {
    this.attendance = new Attendance(me);
    this.inbox = new Inbox(server);
  }

  get sessionId(): string {
    return sessionIdOf(this.page, this.attempt);
  }

  async join(tracks: MediaStreamTrack[], media: MediaState): Promise<void> {
    for (const kind of KINDS) this.tracks[kind] = tracks.find((track) => track.kind === kind) ?? null;
    this.media = media;
    this.bornIn = this.place?.generation ?? 0;
    await this.enter();
    if (this.over) return;
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
    this.queue(async () => {
      if (!this.joined || this.over) return;
      if (await this.heedOwn(sessions.filter((one) => one.userId === this.me))) return;
      this.attendance.update(sessions, present, performance.now());
      await this.seat();
    });
  }

  /** Takes signals in the order of the server; each is handled once and then acknowledged. */
  receive(signals: Signal[]): void {
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
    if (this.joined && !this.over) this.publish();
  }

  async leave(): Promise<void> {
    if (this.over) return;
    this.stop();
    await this.server.closeSession(this.sessionId).catch(() => undefined);
  }

  async session(): Promise<string> {
    await this.door.pass();
    return this.sessionId;
  }

  async setup(): Promise<IceSetup> {
    if (performance.now() >= this.renewAt) await this.renew();
    return this.ice;
  }

  changed(): void {
    this.onChange({ peers: this.rooms.peers, notice: this.notice, average: this.quality.average });
  }

  private get notice(): Notice | null {
    if (this.elsewhere) return "elsewhere";
    const moved = performance.now() - this.movedAt < MOVED_MS;
    const silent = this.rooms.peers.some(({ health }) => health === "reconnecting");
    const trouble = this.trouble ?? (silent ? "reconnecting" : null);
    return noticeFor({ at: this.at, place: this.place, moving: this.rooms.moving, moved, trouble });
  }

  private stop(): void {
    this.over = true;
    for (const timer of this.timers) clearInterval(timer);
    this.rooms.leave();
  }

  private queue(job: () => Promise<void>): void {
    this.work = this.work.then(job).catch((error) => console.warn("signalling", error));
  }

  /** Begins another session, of which nothing has been told yet. */
  private enterAnew(): Promise<void> {
    this.attempt += 1;
    this.connectedTold = false;
    return this.enter();
  }

  private async enter(): Promise<void> {
    const created = this.server.createSession(this.sessionId);
    this.door.open();
    await created;
    await this.renew();
    this.publish();
  }

  /** Gets ICE servers with new credentials. */
  private async renew(): Promise<void> {
    this.renewAt = performance.now() + RENEW_AGAIN_MS;
    this.ice = await this.server.iceSetup(this.sessionId);
    this.renewAt = performance.now() + (this.ice.refreshAfterMs ?? Number.POSITIVE_INFINITY);
  }

  private seat(): Promise<void> {
    return this.rooms.setPeople(this.attendance.people);
  }

  /** Goes where the room is, once it can be entered. */
  private async follow(wasClosed = false): Promise<void> {
    const { place, at } = this;
    this.followAt = Number.POSITIVE_INFINITY;
    this.changed();
    if (!this.joined || this.over || place?.state !== "ready") return;
    const { provider, generation } = place;
    if (at?.generation === generation && at.provider === provider) {
      if (wasClosed && !this.rooms.whole) await this.comeBack();
      return;
    }
    try {
      const make = await makerOf(provider, this);
      if (this.over) return;
      this.at = { provider, generation, possible: make !== null };
      if (at || this.bornIn !== generation) await this.beginSession();
      this.trouble = null;
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

  /** Begins a session in the present room, in place of the one before. */
  private async beginSession(): Promise<void> {
    const before = this.sessionId;
    await this.enterAnew();
    await this.server.closeSession(before).catch(() => undefined);
  }

  /** Begins the session anew that is from before a move, though this page is where the room is. */
  private async catchUp(at: Place): Promise<void> {
    if (!this.over && this.at === at) await this.comeBack();
  }

  private async comeBack(): Promise<void> {
    await this.beginSession();
    this.rooms.rejoin();
  }

  /**
   * Returns whether this page is out: the same person has come in from another one. Comes back when forgotten, but not
   * into a room that is about to be left.
   */
  private async heedOwn(own: RemoteSession[]): Promise<boolean> {
    if (this.recovering || this.trouble === "moving") return false;
    const newest = own.at(-1);
    if (newest && pageOf(newest.sessionId) !== this.page) {
      this.stop();
      this.elsewhere = true;
      this.changed();
      void this.server.closeSession(this.sessionId).catch(() => undefined);
      return true;
    }
    if (newest?.sessionId !== this.sessionId) await this.enter();
    return false;
  }

  private async handle(signal: Signal): Promise<void> {
    if (this.over) return;
    const page = pageOf(signal.sessionId);
    if (this.attendance.people.get(signal.fromUserId) !== page) {
      if (signal.type !== "sdp" || (signal.data as Description).type !== "offer") return;
      this.attendance.meet(signal.fromUserId, page);
      await this.seat();
    }
    await this.rooms.receive(signal);
  }

  private get facts(): SessionFacts {
    const candidateType = this.connectedTold ? this.rooms.way : undefined;
    return { ...this.media, generation: this.at?.generation ?? 0, ...(candidateType && { candidateType }) };
  }

  private publish(): void {
    const state = this.connectedTold ? "connected" : "connecting";
    this.server
      .setState(this.sessionId, state, this.facts)
      .catch((error) => console.warn("the state was not taken", error));
  }

  private async look(): Promise<void> {
    if (this.looking || this.over) return;
    this.looking = true;
    try {
      const moving = this.rooms.moving;
      const broken = await this.rooms.look(this.attendance.allArrived(this.at?.generation ?? 0));
      if (moving && !this.rooms.moving) this.movedAt = performance.now();
      if (this.attendance.expire(performance.now())) this.queue(() => this.seat());
      this.settle();
      this.changed();
      this.heedDoubt();
      if (performance.now() >= this.followAt) this.queue(() => this.follow());
      if (performance.now() >= this.renewAt) void this.refresh();
      if (broken.length > 0 && performance.now() >= this.restUntil) void this.recover(broken);
    } finally {
      this.looking = false;
    }
  }

  /** Silence may mean that this page is cut off from everything: it is the server that would help. */
  private heedDoubt(): void {
    const { doubtful } = this.rooms;
    if (doubtful && !this.doubted) this.server.check();
    this.doubted = doubtful;
  }

  /** Gives what is connected new credentials before the old ones end. */
  private async refresh(): Promise<void> {
    try {
      await this.renew();
      this.rooms.refresh(this.ice);
    } catch (error) {
      console.warn("new ICE servers have to wait", error);
    }
  }

  /** Notes what has become good again. */
  private settle(): void {
    if (this.rooms.whole && this.rooms.peers.every((peer) => peer.health === "connected")) {
      this.failures = 0;
      if (this.trouble !== "moving") this.trouble = null;
    }
    if (!this.connectedTold && this.rooms.reached) {
      this.connectedTold = true;
      this.publish();
    }
  }

  /**
   * Asks the server what to do about broken connections, and does it, when the server says so: one recovery at a time.
   * While the room is closed, and when it moves, there is nothing to do but to follow it.
   */
  private async recover(broken: Break[]): Promise<void> {
    const [first] = broken;
    const { at } = this;
    if (!first || this.recovering || this.over || this.place?.state !== "ready") return;
    this.recovering = true;
    for (const { line } of broken) line.mark("reconnecting");
    this.say("reconnecting");
    this.server.check();
    this.door.shut();
    try {
      const { errorType, details } = first.fault;
      const verdict = await answered(this.server.reportFailure(this.sessionId, errorType, details));
      if (this.over || this.at !== at) return;
      if (at && verdict.fallbackProvider === at.provider) return this.queue(() => this.catchUp(at));
      if (verdict.fallbackProvider) return this.say("moving");
      if (!verdict.retryRecommended) {
        for (const { line } of broken) line.mark("lost");
        this.restUntil = performance.now() + REST_MS;
        this.say("lost");
      }
      if (verdict.waitMs) await pause(verdict.waitMs);
      if (this.over || this.at !== at) return;
      await answered(this.enterAnew());
      const healed = this.trouble === null;
      if (healed || !verdict.retryRecommended || this.at !== at) return;
      if (this.ice.relayOnly) this.say("relay");
      this.failures += 1;
      for (const { line } of broken) line.recover(this.ice, this.failures);
    } catch (error) {
      console.warn("recovery has to wait", error);
      this.restUntil = performance.now() + 1_000;
    } finally {
      this.door.open();
      this.recovering = false;
    }
  }

  private report(): void {
    if (this.recovering) return;
    const all = this.quality.take(this.rooms.peers);
    if (all) void this.server.reportQuality(this.sessionId, all).catch(() => undefined);
  }

  private say(trouble: Trouble): void {
    this.trouble = trouble;
    this.changed();
  }
}
