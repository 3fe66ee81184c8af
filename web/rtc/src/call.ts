/**
 * A member's own part in a call: the session, the room that carries the media, and recovery after a failure.
 *
 * Input is the server's live sessions and signals; output is streams and states. The server decides how to handle a
 * failure, and the call carries that out. While the server is unreachable, the call goes on.
 */

import { type CallEvents, Emitter } from "./events";
import { pageOf } from "./ids";
import { type Logger, SILENT } from "./logger";
import { Quality } from "./monitor/quality";
import { CHECK_EVERY_MS } from "./monitor/silence";
import { noticeFor } from "./notices";
import { RoomTransition } from "./rooms/transition";
import { LocalSession } from "./session/localSession";
import { Participants } from "./session/participants";
import { Recovery } from "./session/recovery";
import { Relocation } from "./session/relocation";
import { Resumption } from "./session/resumption";
import { SerialQueue } from "./session/serialQueue";
import { SignalInbox } from "./session/signalInbox";
import type { RemoteSession, RoomState, SessionFacts, Signal, Signalling } from "./signalling";
import { type Description, KINDS, type Kind, type MediaState, type Notice, type Tracks } from "./types";

export const REPORT_EVERY_MS = 5_000;

type Timer = ReturnType<typeof setInterval>;

/** `replaced`: another page of the same member has taken over the call. */
type State =
  | { name: "new" }
  | { name: "joined"; timers: Timer[]; checking: boolean }
  | { name: "left" }
  | { name: "replaced" };

/** The tracks this page sends, and the media state it publishes. */
type Sending = { tracks: Tracks; state: MediaState };

export type CallOptions = {
  /** Receives warnings about failures that are retried. Silent by default. */
  logger?: Logger;
};

export class Call extends Emitter<CallEvents> {
  private state: State = { name: "new" };
  private sending: Sending = {
    tracks: { audio: null, video: null },
    state: { audio: false, video: false, screen: false },
  };
  private notice: Notice | null = null;
  private readonly rooms = new RoomTransition();
  private readonly quality = new Quality();
  private readonly session: LocalSession;
  private readonly participants: Participants;
  private readonly inbox: SignalInbox;
  private readonly queue: SerialQueue;
  private readonly relocation: Relocation;
  private readonly recovery: Recovery;
  private readonly resumption: Resumption;

  /** `me` is the user id of the local member. */
  constructor(me: string, signalling: Signalling, { logger = SILENT }: CallOptions = {}) {
    super();
    const call = this;
    this.session = new LocalSession(me, signalling, logger, {
      get facts() {
        return call.facts;
      },
      changed: () => this.changed(),
    });
    this.participants = new Participants(me);
    this.inbox = new SignalInbox(signalling);
    this.queue = new SerialQueue(logger);
    this.resumption = new Resumption(this.session);
    this.relocation = new Relocation(this.session, this.rooms, {
      get joined() {
        return call.state.name === "joined";
      },
      get tracks() {
        return call.sending.tracks;
      },
      onMove: () => this.recovery.reset(),
      updateRooms: () => this.updateRooms(),
      changed: () => this.changed(),
    });
    this.recovery = new Recovery(this.session, this.rooms, this.relocation, {
      onChange: () => this.changed(),
      onRejoin: (at) => this.queue.add(() => this.relocation.comeBack(at)),
      onFailed: () => this.resumption.tryLater(),
    });
  }

  /** The id of this page, the same in each of its sessions. */
  get page(): string {
    return this.session.page;
  }

  get sessionId(): string {
    return this.session.sessionId;
  }

  /** The sessions that end when this page leaves: its own, and those left behind by earlier pages. */
  get sessionIds(): string[] {
    return [...this.resumption.older, ...this.session.sessionIds];
  }

  /** Whether another page of the same member has taken over the call. */
  get isReplaced(): boolean {
    return this.state.name === "replaced";
  }

  /** Join the call. Rejects with the server's refusal, or with CallLeft if the call is left meanwhile. */
  async join(tracks: MediaStreamTrack[], media: MediaState): Promise<void> {
    const { tracks: mine } = this.sending;
    for (const kind of KINDS) mine[kind] = tracks.find((track) => track.kind === kind) ?? null;
    this.sending.state = media;
    await this.queue.idle();
    this.relocation.begin();
    await this.session.enter();
    if (this.session.isOver) return;
    const checks = setInterval(() => void this.check(), CHECK_EVERY_MS);
    const reports = setInterval(() => this.report(), REPORT_EVERY_MS);
    this.state = { name: "joined", timers: [checks, reports], checking: false };
    this.queue.add(() => this.relocation.follow());
  }

  /** Follow the room to where the server has placed it, together with every other member. */
  setRoom(room: RoomState): void {
    this.queue.add(() => this.relocation.moveTo(room));
  }

  /** Update the live sessions of the meeting, oldest first, and the members present; the room follows. */
  setSessions(sessions: RemoteSession[], present: ReadonlySet<string>): void {
    this.participants.announce(sessions);
    this.queue.add(async () => {
      // In a list older than this page's last session, the server would seem to have forgotten that session.
      if (this.state.name !== "joined" || !this.participants.isNewest(sessions)) return;
      if (await this.checkOwnSessions(sessions.filter((one) => one.userId === this.session.me))) return;
      this.participants.update(sessions, present, performance.now());
      await this.updateRooms();
    });
  }

  /** Handle signals in server order, each once, and acknowledge them. Signals before `join` are left for later. */
  receive(signals: Signal[]): void {
    if (this.state.name === "new") return;
    const fresh = this.inbox.fresh(signals);
    if (fresh.length === 0) return;
    this.queue.add(async () => {
      for (const signal of fresh) {
        await this.handle(signal).catch((error) => this.session.logger.warn("could not handle a signal", error));
      }
      this.inbox.acknowledge(fresh);
    });
  }

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.sending.tracks = { ...this.sending.tracks, [kind]: track };
    await this.rooms.setTrack(kind, track);
  }

  /** Publish the media state to the other members. */
  setMedia(media: MediaState): void {
    this.sending.state = media;
    if (this.state.name === "joined") this.session.publish();
  }

  async leave(): Promise<void> {
    if (this.session.isOver) return;
    this.stop("left");
    await this.session.leave(this.sessionIds);
  }

  private changed(): void {
    const notice = this.isReplaced ? "replaced" : this.noticeNow();
    const { refusal } = this.resumption;
    this.emit("view", { peers: this.rooms.peers, notice, average: this.quality.average, refusal });
    if (notice === this.notice) return;
    this.notice = notice;
    this.emit("notice", notice);
  }

  private noticeNow(): Notice | null {
    const { at, target, hasJustMoved: moved } = this.relocation;
    const silent = this.rooms.peers.some(({ health }) => health === "reconnecting");
    const issue = this.recovery.issue ?? (silent ? "reconnecting" : null);
    return noticeFor({ at, target, moving: this.rooms.moving, moved, issue });
  }

  private stop(name: "left" | "replaced"): void {
    if (this.state.name === "joined") for (const timer of this.state.timers) clearInterval(timer);
    this.rooms.leave();
    this.state = { name };
  }

  private updateRooms(): Promise<void> {
    return this.rooms.setMembers(this.participants.members, this.participants.feedNames);
  }

  /**
   * Return whether another page of the same member has taken over. Resume a session the server has forgotten, unless
   * the room is about to move.
   */
  private async checkOwnSessions(own: RemoteSession[]): Promise<boolean> {
    if (this.resumption.isReplaced(own)) {
      this.stop("replaced");
      this.session.giveUp();
      this.changed();
      this.emit("replaced", undefined);
      return true;
    }
    if (this.recovery.isRunning || this.recovery.issue === "moving") return false;
    if (own.at(-1)?.sessionId !== this.sessionId) await this.resumption.resume();
    return false;
  }

  private async handle(signal: Signal): Promise<void> {
    if (this.session.isOver) return;
    const page = pageOf(signal.sessionId);
    if (this.participants.members.get(signal.fromUserId) !== page) {
      if (signal.type !== "sdp" || (signal.data as Description).type !== "offer") return;
      this.participants.meet(signal.fromUserId, page);
      await this.updateRooms();
    }
    await this.rooms.receive(signal);
  }

  private get facts(): SessionFacts {
    const candidateType = this.session.connected ? this.rooms.candidateType : undefined;
    const { feed } = this.rooms;
    const { generation = 0 } = this.relocation.at ?? {};
    return { ...this.sending.state, generation, ...(candidateType && { candidateType }), ...(feed && { feed }) };
  }

  private async check(): Promise<void> {
    const { state } = this;
    if (state.name !== "joined" || state.checking) return;
    state.checking = true;
    try {
      await this.checkRooms();
    } finally {
      state.checking = false;
    }
  }

  private async checkRooms(): Promise<void> {
    const { rooms, session, relocation, recovery, queue } = this;
    const { moving } = rooms;
    const broken = await rooms.check(this.participants.allArrived(relocation.at?.generation ?? 0));
    if (moving && !rooms.moving) relocation.noteArrival();
    if (this.participants.expire(performance.now())) queue.add(() => this.updateRooms());
    if (rooms.isConnected && rooms.peers.every((peer) => peer.health === "connected")) recovery.noteHealthy();
    if (!session.connected && rooms.reached) session.publishConnected();
    this.changed();
    recovery.checkServer();
    if (relocation.isDue) queue.add(() => relocation.follow());
    session.publishIfDue();
    if (this.resumption.takeDue()) queue.add(() => this.resume());
    void session.ice.renewIfDue().then((renewed) => renewed && rooms.refresh(session.ice.current));
    void recovery.start(broken);
  }

  private async resume(): Promise<void> {
    if (!this.recovery.isRunning) await this.resumption.resume();
  }

  private report(): void {
    const all = this.recovery.isRunning ? undefined : this.quality.take(this.rooms.peers);
    if (all) this.session.reportQuality(all);
  }
}
