/**
 * What rooms at media servers have in common: one stay after the other, and who is seen in it.
 *
 * Who is in the call is the server's word. A stay that cannot be mended is another one: a newer attempt makes what an
 * older one still waits for of no use.
 */

import type { Signal } from "../signalling";
import type { Fault, IceSetup, Kind, PeerView, StatsSnapshot, Tracks } from "../types";
import { RemoteParticipant } from "./participant";
import type { Failure, LocalParticipant, Recoverable, Room } from "./room";

/** One stay in a room: from coming in until something breaks or one leaves. */
export interface Stay {
  readonly whole: boolean;
  /** Comes in and sends. Rejects when that cannot be. */
  enter(tracks: Tracks): Promise<void>;
  tracksOf(userId: string): MediaStreamTrack[];
  /** What has arrived of a member, or null while nothing can. */
  seen(userId: string): StatsSnapshot | null;
  close(): void;
}

export abstract class ServerRoom<Session extends Stay> implements Room, Recoverable {
  protected readonly participants = new Map<string, RemoteParticipant>();
  protected session: Session | null = null;
  protected fault: Fault | null = null;
  protected attempt = 0;
  /** A stay that is just coming in reads it once it sends, and so sends what has changed meanwhile. */
  protected readonly tracks: Tracks;

  constructor(
    protected readonly local: LocalParticipant,
    tracks: Tracks,
  ) {
    this.tracks = { ...tracks };
  }

  get peers(): PeerView[] {
    return [...this.participants.values()].map((participant) => participant.view);
  }

  get whole(): boolean {
    return !this.fault && (this.session?.whole ?? false);
  }

  abstract get doubtful(): boolean;
  abstract refresh(setup: IceSetup): void;
  abstract look(): Promise<Failure[]>;
  abstract mark(health: "reconnecting" | "lost"): void;
  abstract setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void>;
  abstract setPeople(people: ReadonlyMap<string, string>, feeds: ReadonlyMap<string, string>): Promise<void>;

  /** Nobody here has anything to say to this page alone. */
  async receive(_signal: Signal): Promise<void> {}

  /** Comes in again. */
  recover(): void {
    void this.enter();
  }

  rejoin(): void {
    this.close();
    void this.enter();
  }

  leave(): void {
    this.attempt += 1;
    this.close();
    this.keepOnly(new Map());
  }

  /** Returns how to make a stay, once the server has said where. */
  protected abstract prepare(): Promise<() => Session>;
  /** The stay that there is gives way to another one. */
  protected abstract giveWay(): void;
  /** Ends every stay. */
  protected abstract close(): void;
  /** The stay has come in. */
  protected onEntered(): void {}

  protected async enter(): Promise<void> {
    const attempt = ++this.attempt;
    this.giveWay();
    this.fault = null;
    try {
      const make = await this.prepare();
      if (attempt !== this.attempt) return;
      const session = make();
      this.session = session;
      await session.enter(this.tracks);
      if (session === this.session) this.onEntered();
    } catch (error) {
      if (attempt === this.attempt) this.fault = { errorType: "signaling_failed", details: String(error) };
    }
  }

  /** Shows exactly these people. */
  protected keepOnly(people: ReadonlyMap<string, string>): void {
    for (const [userId, participant] of this.participants) {
      if (people.has(userId)) continue;
      participant.take([]);
      this.participants.delete(userId);
    }
    for (const userId of people.keys()) {
      if (!this.participants.has(userId)) this.participants.set(userId, new RemoteParticipant(userId));
    }
  }

  protected markAll(health: "reconnecting" | "lost"): void {
    for (const participant of this.participants.values()) participant.mark(health);
  }

  /** Shows what comes of everybody. */
  protected show(): void {
    for (const [userId, participant] of this.participants) participant.take(this.session?.tracksOf(userId) ?? []);
    this.local.changed();
  }

  /** Takes what was seen of everybody in the stay that there is. */
  protected noteSeen(): void {
    for (const [userId, participant] of this.participants) participant.note(this.session?.seen(userId) ?? null);
  }
}
