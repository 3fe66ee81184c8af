/**
 * A room at GetStream, by the client that the deployment has of them.
 *
 * Who is in the call is the server's word, here as anywhere; GetStream says who of them sends. Its client mends its own
 * connections. When that takes longer than a connection may, or it gives up, the server is asked, as for any other room,
 * and a stay that is to be tried anew is another one with another client.
 */

import { Guest } from "./guest";
import type { Kind, Tracks } from "./peer";
import type { Break, Line, PeerView, Room, Seat } from "./room";
import type { StreamFacts } from "./streamClient";
import { StreamVisit } from "./streamVisit";
import type { Fault } from "./watchdog";

export class StreamRoom implements Room, Line {
  private readonly guests = new Map<string, Guest>();
  private visit: StreamVisit | null = null;
  private fault: Fault | null = null;
  private attempt = 0;
  /** A stay that is just coming in reads it once it sends, and so sends what has changed meanwhile. */
  private readonly tracks: Tracks;

  constructor(
    private readonly seat: Seat,
    private readonly facts: StreamFacts,
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
    return this.visit?.doubtful ?? false;
  }

  async setPeople(people: ReadonlyMap<string, string>): Promise<void> {
    for (const userId of this.guests.keys()) if (!people.has(userId)) this.drop(userId);
    for (const userId of people.keys()) if (!this.guests.has(userId)) this.guests.set(userId, new Guest(userId));
    this.visit?.watch(people.keys());
    this.show();
  }

  /** Nobody here has anything to say to this page alone. */
  async receive(): Promise<void> {}

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.tracks[kind] = track;
    await this.visit?.setTracks(this.tracks);
  }

  /** GetStream has relays of its own. */
  refresh(): void {}

  rejoin(): void {
    void this.enter();
  }

  async look(): Promise<Break[]> {
    const { visit } = this;
    // Until the server has said where to go, GetStream is not to blame.
    const fault = this.fault ?? visit?.look() ?? null;
    for (const [userId, guest] of this.guests) guest.note(visit?.seen(userId) ?? null);
    return fault ? [{ line: this, fault }] : [];
  }

  mark(health: "reconnecting" | "lost"): void {
    this.visit?.expectLife();
    if (this.whole) return;
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
    this.close();
    this.fault = null;
    try {
      const { server } = this.seat;
      const entry = await server.enterCall(this.seat.sessionId);
      if (attempt !== this.attempt) return;
      const renew = async () => server.enterCall(await this.seat.session());
      this.visit = new StreamVisit(this.facts, this.seat.me, entry, renew, () => this.show());
      this.visit.watch(this.guests.keys());
      await this.visit.enter(this.tracks);
    } catch (error) {
      if (attempt === this.attempt) this.fault = { errorType: "signaling_failed", details: String(error) };
    }
  }

  private show(): void {
    for (const [userId, guest] of this.guests) guest.take(this.visit?.tracksOf(userId) ?? []);
    this.seat.changed();
  }

  private drop(userId: string): void {
    this.guests.get(userId)?.take([]);
    this.guests.delete(userId);
  }

  private close(): void {
    this.visit?.close();
    this.visit = null;
  }
}
