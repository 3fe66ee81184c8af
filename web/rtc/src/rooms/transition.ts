/**
 * The room this page is in and, during a move, also the one it moves to.
 *
 * The old room carries the media until the new one does, so a prepared move interrupts no sound. To the rest of the
 * call it is one room.
 */

import type { Signal } from "../signalling";
import type { IceSetup, Kind, PeerView } from "../types";
import type { Failure, Room } from "./room";

/** How long the old room is kept after the new one carries every member, here and at the others. */
export const OVERLAP_MS = 500;
/** The old room is left after this long if the new one works at all. */
export const MOVE_WITHIN_MS = 10_000;

export class RoomTransition implements Room {
  private current: Room | null = null;
  private next: Room | null = null;
  private since = 0;
  private carriedSince: number | null = null;

  /** Whether the present or former room is of this kind. */
  isA(kind: new (...given: never[]) => Room): boolean {
    return this.current instanceof kind;
  }

  get moving(): boolean {
    return this.next !== null;
  }

  get isConnected(): boolean {
    return this.newest?.isConnected ?? false;
  }

  /** Whether this page has reached the room: during a move, once it carries every member. */
  get reached(): boolean {
    if (this.next) return carries(this.next) && this.next.peers.length > 0;
    return this.current?.peers.some((peer) => peer.health === "connected") ?? false;
  }

  get doubtful(): boolean {
    return this.newest?.doubtful ?? false;
  }

  get peers(): PeerView[] {
    const old = new Map((this.next && this.current ? this.current.peers : []).map((peer) => [peer.userId, peer]));
    return (this.newest?.peers ?? []).map((peer) => {
      const before = old.get(peer.userId);
      return peer.health !== "connected" && before?.health === "connected" ? before : peer;
    });
  }

  /** The way members are reached: by relay if any of them is. */
  get candidateType(): string | undefined {
    const types = this.peers.map((peer) => peer.stats?.candidateType);
    return types.find((type) => type === "relay") ?? types.find((type) => type);
  }

  /** Move to another room; enter the first one at once. */
  moveTo(room: Room): void {
    this.next?.leave();
    if (this.current) this.next = room;
    else this.current = room;
    this.since = performance.now();
    this.carriedSince = null;
  }

  /** Abandon a move and stay. */
  stay(): void {
    this.next?.leave();
    this.next = null;
  }

  get feed(): string | undefined {
    return this.newest?.feed ?? this.current?.feed;
  }

  async setMembers(members: ReadonlyMap<string, string>, feeds: ReadonlyMap<string, string>): Promise<void> {
    for (const room of this.all) await room.setMembers(members, feeds);
  }

  async receive(signal: Signal): Promise<void> {
    for (const room of this.all) await room.receive(signal);
  }

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    await Promise.all(this.all.map((room) => room.setTrack(kind, track)));
  }

  refresh(setup: IceSetup): void {
    for (const room of this.all) room.refresh(setup);
  }

  rejoin(): void {
    this.newest?.rejoin();
  }

  /**
   * Check the rooms, and leave the old one when its time has come; faults in the old room no longer count.
   * `allArrived`: all other members report being in the new one.
   */
  async check(allArrived = true): Promise<Failure[]> {
    const { current, next } = this;
    const broken = (await this.newest?.check()) ?? [];
    if (next && current && this.next === next) {
      for (const { target } of await current.check()) target.mark("lost");
      if (this.arrived(current, next, allArrived, performance.now())) {
        current.leave();
        this.current = next;
        this.next = null;
      }
    }
    return broken;
  }

  leave(): void {
    for (const room of this.all) room.leave();
    this.current = this.next = null;
  }

  private get newest(): Room | null {
    return this.next ?? this.current;
  }

  private get all(): Room[] {
    return [this.next, this.current].filter((room) => room !== null);
  }

  private arrived(current: Room, next: Room, allArrived: boolean, now: number): boolean {
    if (allArrived && carries(next)) this.carriedSince ??= now;
    else this.carriedSince = null;
    if (this.carriedSince !== null && now - this.carriedSince >= OVERLAP_MS) return true;
    const useless = current.peers.every((peer) => peer.health !== "connected");
    return now - this.since > MOVE_WITHIN_MS && (next.isConnected || useless);
  }
}

/** Whether a room carries every member. */
function carries(room: Room): boolean {
  return room.isConnected && room.peers.every((peer) => peer.health === "connected");
}
