/**
 * A room at GetStream, by the client that the deployment has of them.
 *
 * Who is in the call is the server's word, here as anywhere; GetStream says who of them sends. Its client mends its own
 * connections. When that takes longer than a connection may, or it gives up, the server is asked, as for any other room,
 * and a stay that is to be tried anew is another one with another client.
 */

import type { Fault } from "../../monitor/silence";
import type { Kind, Tracks } from "../mesh/negotiation";
import { RemoteParticipant } from "../participant";
import type { Failure, LocalParticipant, PeerView, Recoverable, Room } from "../room";
import type { StreamFacts } from "./sdk";
import { GetStreamSession } from "./session";

export class GetStreamRoom implements Room, Recoverable {
  private readonly participants = new Map<string, RemoteParticipant>();
  private session: GetStreamSession | null = null;
  private fault: Fault | null = null;
  private attempt = 0;
  /** A stay that is just coming in reads it once it sends, and so sends what has changed meanwhile. */
  private readonly tracks: Tracks;

  constructor(
    private readonly seat: LocalParticipant,
    private readonly facts: StreamFacts,
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
    return this.session?.doubtful ?? false;
  }

  async setPeople(people: ReadonlyMap<string, string>): Promise<void> {
    for (const userId of this.participants.keys()) if (!people.has(userId)) this.drop(userId);
    for (const userId of people.keys())
      if (!this.participants.has(userId)) this.participants.set(userId, new RemoteParticipant(userId));
    this.session?.watch(people.keys());
    this.show();
  }

  /** Nobody here has anything to say to this page alone. */
  async receive(): Promise<void> {}

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.tracks[kind] = track;
    await this.session?.setTracks(this.tracks);
  }

  /** GetStream has relays of its own. */
  refresh(): void {}

  rejoin(): void {
    void this.enter();
  }

  async look(): Promise<Failure[]> {
    const { session: visit } = this;
    // Until the server has said where to go, GetStream is not to blame.
    const fault = this.fault ?? visit?.look() ?? null;
    for (const [userId, guest] of this.participants) guest.note(visit?.seen(userId) ?? null);
    return fault ? [{ target: this, fault }] : [];
  }

  mark(health: "reconnecting" | "lost"): void {
    this.session?.expectLife();
    if (this.whole) return;
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
    this.close();
    this.fault = null;
    try {
      const { server } = this.seat;
      const entry = await server.enterCall(this.seat.sessionId);
      if (attempt !== this.attempt) return;
      const renew = async () => server.enterCall(await this.seat.session());
      this.session = new GetStreamSession(this.facts, this.seat.me, entry, renew, () => this.show());
      this.session.watch(this.participants.keys());
      await this.session.enter(this.tracks);
    } catch (error) {
      if (attempt === this.attempt) this.fault = { errorType: "signaling_failed", details: String(error) };
    }
  }

  private show(): void {
    for (const [userId, guest] of this.participants) guest.take(this.session?.tracksOf(userId) ?? []);
    this.seat.changed();
  }

  private drop(userId: string): void {
    this.participants.get(userId)?.take([]);
    this.participants.delete(userId);
  }

  private close(): void {
    this.session?.close();
    this.session = null;
  }
}
