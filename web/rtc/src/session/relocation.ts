/** Where the call is: the server says in which room, and this page goes there, once that can be entered. */

import { MESH, type RoomLocation } from "../notices";
import { roomFactory } from "../rooms/factory";
import { MeshRoom } from "../rooms/mesh/room";
import type { RoomTransition } from "../rooms/transition";
import type { RoomState } from "../signalling";
import type { Tracks } from "../types";
import type { LocalSession } from "./localSession";

/** A move that the server did not let this page make is tried again after so long. */
const FOLLOW_AGAIN_MS = 1_000;
/** So long the page says that the room has moved. */
const MOVED_MS = 6_000;

/** The call that moves. */
export interface Mover {
  /** Whether this page is in the call. */
  readonly joined: boolean;
  /** What this page sends. */
  readonly tracks: Tracks;
  /** This page goes to another room. */
  onMove(): void;
  /** Tells the rooms who is in the call. */
  updateRooms(): Promise<void>;
  changed(): void;
}

export class Relocation {
  private wanted: RoomState | null = null;
  private place: RoomLocation | null = null;
  /** The generation of the room when the first session began, or an earlier one. */
  private firstGeneration = 0;
  private followAt = Number.POSITIVE_INFINITY;
  private movedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly session: LocalSession,
    private readonly rooms: RoomTransition,
    private readonly call: Mover,
  ) {}

  /** Where the room is, by the server's word. */
  get target(): RoomState | null {
    return this.wanted;
  }

  /** Where this page is, or is going. */
  get at(): RoomLocation | null {
    return this.place;
  }

  /** Whether there is a room to be in: while it is closed or being opened there is none. */
  get isReady(): boolean {
    return this.wanted?.state === "ready";
  }

  /** Whether a move that could not be made is to be tried again. */
  get isDue(): boolean {
    return performance.now() >= this.followAt;
  }

  /** Whether the room has just moved. */
  get hasJustMoved(): boolean {
    return performance.now() - this.movedAt < MOVED_MS;
  }

  /** Notes that the first session is about to begin. */
  begin(): void {
    this.firstGeneration = this.wanted?.generation ?? 0;
  }

  noteArrival(): void {
    this.movedAt = performance.now();
  }

  /** Takes where the room is, and goes there. */
  async moveTo(target: RoomState): Promise<void> {
    const wasClosed = this.wanted !== null && !this.isReady;
    this.wanted = target;
    await this.follow(wasClosed);
  }

  /** Goes where the room is, once it can be entered. */
  async follow(wasClosed = false): Promise<void> {
    const { wanted, place } = this;
    this.followAt = Number.POSITIVE_INFINITY;
    this.call.changed();
    if (!this.call.joined || wanted?.state !== "ready") return;
    if (place?.generation === wanted.generation && place.provider === wanted.provider) {
      if (wasClosed && !this.rooms.whole) await this.comeBack(place);
      return;
    }
    try {
      if (!(await this.enter(wanted, place))) return;
    } catch (error) {
      this.place = place;
      this.followAt = performance.now() + FOLLOW_AGAIN_MS;
      throw error;
    }
    await this.call.updateRooms();
    this.call.changed();
  }

  /** Begins the session again, unless this page has left meanwhile, or gone to another room. */
  async comeBack(at: RoomLocation): Promise<void> {
    if (this.session.isOver || this.place !== at) return;
    await this.session.replace();
    this.rooms.rejoin();
  }

  /** Enters another room; returns false when this page has left the call meanwhile. */
  private async enter({ provider, generation }: RoomState, before: RoomLocation | null): Promise<boolean> {
    const make = await roomFactory(provider, this.session);
    if (this.session.isOver) return false;
    this.place = { provider, generation, possible: make !== null };
    if (before || this.firstGeneration !== generation) await this.session.replace();
    this.call.onMove();
    if (provider === MESH && this.rooms.isA(MeshRoom)) this.rooms.stay();
    else if (make) this.rooms.moveTo(make(this.call.tracks));
    return true;
  }
}
