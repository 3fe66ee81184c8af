/**
 * A room at a Janus media server: one connection to send on, one on which everybody else comes in.
 *
 * Who is in the call, and under which name they send, is the server's word; the media server says which names are
 * there, and lets members take any. When it closes
 * its socket it is gone, whatever the connections still look like. A stay that falls silent is not mended but joined by
 * another one, as connections between two people are (remote.ts).
 */

import type { Fault } from "../../monitor/silence";
import type { IceSetup } from "../../signalling";
import type { Kind, Tracks } from "../mesh/negotiation";
import { RemoteParticipant } from "../participant";
import type { Failure, LocalParticipant, PeerView, Recoverable, Room } from "../room";
import type { JanusConnection } from "./connection";
import { JanusSession } from "./session";

export class JanusRoom implements Room, Recoverable {
  private readonly participants = new Map<string, RemoteParticipant>();
  private feeds: ReadonlyMap<string, string> = new Map();
  private session: JanusSession | null = null;
  /** The stay before, until this one carries. */
  private former: JanusSession | null = null;
  private fault: Fault | null = null;
  private broken: JanusConnection[] = [];
  private attempt = 0;
  /** A stay that is just coming in reads it once it sends, and so sends what has changed meanwhile. */
  private readonly tracks: Tracks;

  constructor(
    private readonly seat: LocalParticipant,
    tracks: Tracks,
  ) {
    this.tracks = { ...tracks };
    void this.enter();
  }

  get peers(): PeerView[] {
    return [...this.participants.values()].map((guest) => guest.view);
  }

  get whole(): boolean {
    return !this.fault && (this.session?.whole ?? false);
  }

  get doubtful(): boolean {
    return this.session?.links.some((link) => link.doubtful) ?? false;
  }

  get feed(): string | undefined {
    return this.session?.feed;
  }

  async setPeople(people: ReadonlyMap<string, string>, feeds: ReadonlyMap<string, string>): Promise<void> {
    this.feeds = feeds;
    for (const userId of this.participants.keys()) if (!people.has(userId)) this.drop(userId);
    for (const userId of people.keys())
      if (!this.participants.has(userId)) this.participants.set(userId, new RemoteParticipant(userId));
    this.seat.changed();
    this.watch();
  }

  /** Nobody here has anything to say to this page alone. */
  async receive(): Promise<void> {}

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.tracks[kind] = track;
    await Promise.all(this.sessions.map((visit) => visit.setTrack(kind, track)));
  }

  refresh(setup: IceSetup): void {
    for (const { links } of this.sessions) for (const link of links) link.refresh(setup);
  }

  rejoin(): void {
    this.close();
    void this.enter();
  }

  async look(): Promise<Failure[]> {
    const { session: visit } = this;
    // Until the server has said where to go, no media server is to blame.
    let fault = this.fault ?? visit?.ended ?? null;
    this.broken = [];
    for (const link of visit?.links ?? []) {
      const found = await link.look();
      if (found) this.broken.push(link);
      fault ??= found;
    }
    if (this.whole && visit) visit.carried = true;
    await this.checkFormer();
    if (visit !== this.session) return [];
    if (visit) for (const [userId, guest] of this.participants) guest.note(visit.seen(userId));
    return fault ? [{ target: this, fault }] : [];
  }

  mark(health: "reconnecting" | "lost"): void {
    for (const link of this.broken) link.expectLife();
    if (this.whole && this.broken.length === 0) return;
    for (const guest of this.participants.values()) guest.mark(health);
  }

  /** Comes in anew. */
  recover(): void {
    void this.enter();
  }

  leave(): void {
    this.attempt += 1;
    this.close();
    for (const userId of this.participants.keys()) this.drop(userId);
  }

  private async enter(): Promise<void> {
    const attempt = ++this.attempt;
    this.setAside();
    this.fault = null;
    try {
      const [entry, setup] = await Promise.all([this.seat.server.enterRoom(this.seat.sessionId), this.seat.setup()]);
      if (attempt !== this.attempt) return;
      const visit = new JanusSession(
        entry,
        setup,
        (userId) => this.feeds.get(userId),
        () => this.watch(),
      );
      this.session = visit;
      await visit.enter(this.tracks);
      if (visit === this.session) this.seat.publish();
    } catch (error) {
      if (attempt === this.attempt) this.fault = { errorType: "signaling_failed", details: String(error) };
    }
  }

  /** Keeps the stay that carried last: its way may come back by itself. */
  private setAside(): void {
    const old = this.session?.mayComeBack ? this.former : this.session;
    if (this.session !== old) this.former = this.session;
    old?.close();
    this.session = null;
  }

  /** The stay before is over when this one carries, and goes on when it has come back first. */
  private async checkFormer(): Promise<void> {
    const { former } = this;
    for (const link of former?.links ?? []) await link.look();
    if (!former || former !== this.former) return;
    if (this.carriesAll) {
      former.close();
      this.former = null;
    } else if (former.whole) {
      this.goBackTo(former);
    }
  }

  private goBackTo(former: JanusSession): void {
    this.attempt += 1;
    this.session?.close();
    this.session = former;
    this.former = null;
    this.fault = null;
    this.seat.publish();
    this.watch();
  }

  private get carriesAll(): boolean {
    const arrived = (guest: RemoteParticipant) =>
      guest.view.health === "connected" || !this.session?.feedOf(guest.userId);
    return this.whole && [...this.participants.values()].every(arrived);
  }

  private get sessions(): JanusSession[] {
    return [this.session, this.former].filter((visit) => visit !== null);
  }

  /** Watches everybody who is there, and shows what comes of them. */
  private watch(): void {
    const { session: visit } = this;
    visit
      ?.watch(this.participants.keys())
      .then(() => visit === this.session && this.show(visit))
      .catch((error) => visit.end(`somebody cannot be watched: ${error}`));
  }

  private show(visit: JanusSession): void {
    for (const [userId, guest] of this.participants) guest.take(visit.tracksOf(userId));
    this.seat.changed();
  }

  private drop(userId: string): void {
    this.participants.get(userId)?.take([]);
    this.participants.delete(userId);
  }

  private close(): void {
    for (const visit of this.sessions) visit.close();
    this.session = this.former = null;
  }
}
