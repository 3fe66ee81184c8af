/**
 * The room that one is in and, during a move, also the one that one moves to.
 *
 * What the old room carries goes on until the new one carries it too, so that nobody falls silent by a move that could
 * have been prepared. To everybody else it is one room.
 */

import type { Signal } from "../signalling";
import type { IceSetup, Kind, PeerView } from "../types";
import type { Failure, Room } from "./room";

/** So long the old room goes on after the new one carries everybody here and everywhere. */
export const OVERLAP_MS = 500;
/** After so long the old room is left, if the new one works at all. */
export const MOVE_WITHIN_MS = 10_000;

export class RoomTransition implements Room {
  private current: Room | null = null;
  private next: Room | null = null;
  private since = 0;
  private carriedSince: number | null = null;

  /** Whether the room one is in, or is leaving, is of this kind. */
  isA(kind: new (...given: never[]) => Room): boolean {
    return this.current instanceof kind;
  }

  get moving(): boolean {
    return this.next !== null;
  }

  get whole(): boolean {
    return this.newest?.whole ?? false;
  }

  /** Whether this page is where the room is: during a move, once everybody is there for it. */
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

  /** By what way people are reached: by a relay, if anybody is. */
  get way(): string | undefined {
    const ways = this.peers.map((peer) => peer.look?.candidateType);
    return ways.find((way) => way === "relay") ?? ways.find((way) => way);
  }

  /** Moves to another room; into the first one at once. */
  moveTo(room: Room): void {
    this.next?.leave();
    if (this.current) this.next = room;
    else this.current = room;
    this.since = performance.now();
    this.carriedSince = null;
  }

  /** Gives a move up and stays. */
  stay(): void {
    this.next?.leave();
    this.next = null;
  }

  get feed(): string | undefined {
    return this.newest?.feed ?? this.current?.feed;
  }

  async setPeople(people: ReadonlyMap<string, string>, feeds: ReadonlyMap<string, string>): Promise<void> {
    for (const room of this.all) await room.setPeople(people, feeds);
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
   * Looks at the rooms, and leaves the old one when its time has come; what breaks there is not mended any more.
   * `allArrived`: the others say that they are in the new one.
   */
  async look(allArrived = true): Promise<Failure[]> {
    const { current, next } = this;
    const broken = (await this.newest?.look()) ?? [];
    if (next && current && this.next === next) {
      for (const { target } of await current.look()) target.mark("lost");
      if (this.arrived(current, next, allArrived, performance.now())) this.finish();
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
    return now - this.since > MOVE_WITHIN_MS && (next.whole || useless);
  }

  private finish(): void {
    this.current?.leave();
    this.current = this.next;
    this.next = null;
  }
}

/** Whether a room brings everybody. */
function carries(room: Room): boolean {
  return room.whole && room.peers.every((peer) => peer.health === "connected");
}
