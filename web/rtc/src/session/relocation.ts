/** Follows the room: the server says where it is, and this page enters it as soon as it can. */

import { MESH, type RoomLocation } from "../notices";
import { roomFactory } from "../rooms/factory";
import { MeshRoom } from "../rooms/mesh/room";
import type { RoomTransition } from "../rooms/transition";
import type { RoomState } from "../signalling";
import type { Tracks } from "../types";
import type { LocalSession } from "./localSession";

/** How long to wait after the server refused a move. */
const MOVE_RETRY_MS = 1_000;
/** How long to show that the room has moved. */
const MOVED_MS = 6_000;

/** The call that moves. */
export interface Mover {
  /** Whether this page is in the call. */
  readonly joined: boolean;
  /** What this page sends. */
  readonly tracks: Tracks;
  /** Called when this page goes to another room. */
  onMove(): void;
  /** Pass the members of the call to the rooms. */
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

  /** Where the server has placed the room. */
  get target(): RoomState | null {
    return this.wanted;
  }

  /** The room this page is in, or is entering. */
  get at(): RoomLocation | null {
    return this.place;
  }

  /** Whether there is a room to enter: none while it is closed or opening. */
  get isReady(): boolean {
    return this.wanted?.state === "ready";
  }

  /** Whether it is time to retry a failed move. */
  get isDue(): boolean {
    return performance.now() >= this.followAt;
  }

  /** Whether the room has just moved. */
  get hasJustMoved(): boolean {
    return performance.now() - this.movedAt < MOVED_MS;
  }

  /** Record that the first session is about to begin. */
  begin(): void {
    this.firstGeneration = this.wanted?.generation ?? 0;
  }

  noteArrival(): void {
    this.movedAt = performance.now();
  }

  /** Set where the room is, and go there. */
  async moveTo(target: RoomState): Promise<void> {
    const wasClosed = this.wanted !== null && !this.isReady;
    this.wanted = target;
    await this.follow(wasClosed);
  }

  /** Go to the room, once it can be entered. */
  async follow(wasClosed = false): Promise<void> {
    const { wanted, place } = this;
    this.followAt = Number.POSITIVE_INFINITY;
    this.call.changed();
    if (!this.call.joined || wanted?.state !== "ready") return;
    if (place?.generation === wanted.generation && place.provider === wanted.provider) {
      if (wasClosed && !this.rooms.isConnected) await this.comeBack(place);
      return;
    }
    try {
      if (!(await this.enter(wanted, place))) return;
    } catch (error) {
      this.place = place;
      this.followAt = performance.now() + MOVE_RETRY_MS;
      throw error;
    }
    await this.call.updateRooms();
    this.call.changed();
  }

  /** Begin the session again, unless this page has left meanwhile or gone to another room. */
  async comeBack(at: RoomLocation): Promise<void> {
    if (this.session.isOver || this.place !== at) return;
    await this.session.replace();
    this.rooms.rejoin();
  }

  /** Enter another room; return false if this page has left the call meanwhile. */
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
