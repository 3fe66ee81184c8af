/**
 * A room at a Janus media server: one connection to send on, one on which everybody else comes in.
 *
 * Who is in the call, and under which name they send, is the server's word; the media server says which names are
 * there, and lets members take any. When it closes
 * its socket it is gone, whatever the connections still look like. A stay that falls silent is not mended but joined by
 * another one, as connections between two people are (remote.ts).
 */

import { Guest } from "./guest";
import type { Link } from "./link";
import type { Kind, Tracks } from "./peer";
import type { Break, Line, PeerView, Room, Seat } from "./room";
import type { IceSetup } from "./signalling";
import { Visit } from "./visit";
import type { Fault } from "./watchdog";

export class JanusRoom implements Room, Line {
  private readonly guests = new Map<string, Guest>();
  private feeds: ReadonlyMap<string, string> = new Map();
  private visit: Visit | null = null;
  /** The stay before, until this one carries. */
  private former: Visit | null = null;
  private fault: Fault | null = null;
  private broken: Link[] = [];
  private attempt = 0;
  /** A stay that is just coming in reads it once it sends, and so sends what has changed meanwhile. */
  private readonly tracks: Tracks;

  constructor(
    private readonly seat: Seat,
    tracks: Tracks,
  ) {
    this.tracks = { ...tracks };
    void this.enter();
  }

  get peers(): PeerView[] {
    return [...this.guests.values()].map((guest) => guest.view);
  }

  get whole(): boolean {
    return !this.fault && (this.visit?.whole ?? false);
  }

  get doubtful(): boolean {
    return this.visit?.links.some((link) => link.doubtful) ?? false;
  }

  get feed(): string | undefined {
    return this.visit?.feed;
  }

  async setPeople(people: ReadonlyMap<string, string>, feeds: ReadonlyMap<string, string>): Promise<void> {
    this.feeds = feeds;
    for (const userId of this.guests.keys()) if (!people.has(userId)) this.drop(userId);
    for (const userId of people.keys()) if (!this.guests.has(userId)) this.guests.set(userId, new Guest(userId));
    this.seat.changed();
    this.watch();
  }

  /** Nobody here has anything to say to this page alone. */
  async receive(): Promise<void> {}

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.tracks[kind] = track;
    await Promise.all(this.visits.map((visit) => visit.setTrack(kind, track)));
  }

  refresh(setup: IceSetup): void {
    for (const { links } of this.visits) for (const link of links) link.refresh(setup);
  }

  rejoin(): void {
    this.close();
    void this.enter();
  }

  async look(): Promise<Break[]> {
    const { visit } = this;
    // Until the server has said where to go, no media server is to blame.
    let fault = this.fault ?? visit?.ended ?? null;
    this.broken = [];
    for (const link of visit?.links ?? []) {
      const found = await link.look();
      if (found) this.broken.push(link);
      fault ??= found;
    }
    if (this.whole && visit) visit.carried = true;
    await this.heedFormer();
    if (visit !== this.visit) return [];
    if (visit) for (const [userId, guest] of this.guests) guest.note(visit.seen(userId));
    return fault ? [{ line: this, fault }] : [];
  }

  mark(health: "reconnecting" | "lost"): void {
    for (const link of this.broken) link.expectLife();
    if (this.whole && this.broken.length === 0) return;
    for (const guest of this.guests.values()) guest.mark(health);
  }

  /** Comes in anew. */
  recover(): void {
    void this.enter();
  }

  leave(): void {
    this.attempt += 1;
    this.close();
    for (const userId of this.guests.keys()) this.drop(userId);
  }

  private async enter(): Promise<void> {
    const attempt = ++this.attempt;
    this.setAside();
    this.fault = null;
    try {
      const [entry, setup] = await Promise.all([this.seat.server.enterRoom(this.seat.sessionId), this.seat.setup()]);
      if (attempt !== this.attempt) return;
      const visit = new Visit(
        entry,
        setup,
        (userId) => this.feeds.get(userId),
        () => this.watch(),
      );
      this.visit = visit;
      await visit.enter(this.tracks);
      if (visit === this.visit) this.seat.publish();
    } catch (error) {
      if (attempt === this.attempt) this.fault = { errorType: "signaling_failed", details: String(error) };
    }
  }

  /** Keeps the stay that carried last: its way may come back by itself. */
  private setAside(): void {
    const old = this.visit?.mayComeBack ? this.former : this.visit;
    if (this.visit !== old) this.former = this.visit;
    old?.close();
    this.visit = null;
  }

  /** The stay before is over when this one carries, and goes on when it has come back first. */
  private async heedFormer(): Promise<void> {
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

  private goBackTo(former: Visit): void {
    this.attempt += 1;
    this.visit?.close();
    this.visit = former;
    this.former = null;
    this.fault = null;
    this.seat.publish();
    this.watch();
  }

  private get carriesAll(): boolean {
    const arrived = (guest: Guest) => guest.view.health === "connected" || !this.visit?.feedOf(guest.userId);
    return this.whole && [...this.guests.values()].every(arrived);
  }

  private get visits(): Visit[] {
    return [this.visit, this.former].filter((visit) => visit !== null);
  }

  /** Watches everybody who is there, and shows what comes of them. */
  private watch(): void {
    const { visit } = this;
    visit
      ?.watch(this.guests.keys())
      .then(() => visit === this.visit && this.show(visit))
      .catch((error) => visit.end(`somebody cannot be watched: ${error}`));
  }

  private show(visit: Visit): void {
    for (const [userId, guest] of this.guests) guest.take(visit.tracksOf(userId));
    this.seat.changed();
  }

  private drop(userId: string): void {
    this.guests.get(userId)?.take([]);
    this.guests.delete(userId);
  }

  private close(): void {
    for (const visit of this.visits) visit.close();
    this.visit = this.former = null;
  }
}
