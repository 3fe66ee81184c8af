/**
 * The common part of rooms at media servers: one session after the other, and the members shown from it.
 *
 * The server decides who is in the call. A session that cannot be repaired is replaced; a newer attempt makes anything
 * an older one still waits for obsolete.
 */

import type { Signal } from "../signalling";
import type { Fault, IceSetup, Kind, PeerView, Tracks } from "../types";
import { Participants, type Received } from "./participants";
import type { Failure, LocalParticipant, Recoverable, Room } from "./room";

/** One session in a room, from joining until it breaks or this page leaves. */
export interface RoomSession extends Received {
  readonly isConnected: boolean;
  /** Join and publish. Rejects on failure. */
  enter(tracks: Tracks): Promise<void>;
  close(): void;
}

export abstract class ServerRoom<Session extends RoomSession> implements Room, Recoverable {
  protected readonly participants = new Participants();
  protected session: Session | null = null;
  protected fault: Fault | null = null;
  protected attempt = 0;
  /** Mutated in place: a session that is still joining reads it when it publishes, and so sends the latest tracks. */
  protected readonly tracks: Tracks;

  constructor(
    protected readonly local: LocalParticipant,
    tracks: Tracks,
  ) {
    this.tracks = { ...tracks };
  }

  get peers(): PeerView[] {
    return this.participants.views;
  }

  get isConnected(): boolean {
    return !this.fault && (this.session?.isConnected ?? false);
  }

  abstract get doubtful(): boolean;
  abstract refresh(setup: IceSetup): void;
  abstract check(): Promise<Failure[]>;
  abstract mark(health: "reconnecting" | "lost"): void;
  abstract setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void>;
  abstract setMembers(members: ReadonlyMap<string, string>, feeds: ReadonlyMap<string, string>): Promise<void>;

  /** No signals are exchanged between members in such a room. */
  async receive(_signal: Signal): Promise<void> {}

  /** Join again. */
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
    this.participants.set(new Map());
  }

  /** Return a function that makes a session, once the server has said where. */
  protected abstract prepare(): Promise<() => Session>;
  /** Retire the present session in favour of a new one. */
  protected abstract giveWay(): void;
  /** End every session. */
  protected abstract close(): void;
  /** Called when the session has joined. */
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

  /** Show the media of every member. */
  protected show(): void {
    this.participants.show(this.session);
    this.local.changed();
  }
}
