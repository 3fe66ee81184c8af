/**
 * The room that one is in and, during a move, also the one that one moves to.
 *
 * What the old room carries goes on until the new one carries it too, so that nobody falls silent by a move that could
 * have been prepared. To everybody else it is one room.
 */

import type { Kind } from "./peer";
import type { Break, PeerView, Room } from "./room";
import type { IceSetup, Signal } from "./signalling";

/** So long the old room goes on after the new one carries everybody: others may be later than this page. */
export const OVERLAP_MS = 1_000;
/** After so long the old room is left, if the new one works at all. */
export const MOVE_WITHIN_MS = 10_000;

export class Rooms implements Room {
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

  get peers(): PeerView[] {
    const old = new Map((this.next && this.current ? this.current.peers : []).map((peer) => [peer.userId, peer]));
    return (this.newest?.peers ?? []).map((peer) => {
      const before = old.get(peer.userId);
      return peer.health !== "connected" && before?.health === "connected" ? before : peer;
    });
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

  async setPeople(people: ReadonlyMap<string, string>): Promise<void> {
    for (const room of this.all) await room.setPeople(people);
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

  /** Looks at the rooms, and leaves the old one when its time has come; what breaks there is not mended any more. */
  async look(): Promise<Break[]> {
    const { current, next } = this;
    const broken = (await this.newest?.look()) ?? [];
    if (next && current && this.next === next) {
      for (const { line } of await current.look()) line.mark("lost");
      if (this.arrived(current, next, performance.now())) this.finish();
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

  private arrived(current: Room, next: Room, now: number): boolean {
    if (!next.whole || next.peers.some((peer) => peer.health !== "connected")) this.carriedSince = null;
    else this.carriedSince ??= now;
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
