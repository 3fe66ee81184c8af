/** The other members of the call and their pages, as the server lists them. */

import { pageOf } from "../ids";
import type { RemoteSession } from "../signalling";

/** A vanished session may be between two attempts: its member is kept this long. */
export const GRACE_MS = 4_000;

export class Participants {
  private readonly pages = new Map<string, string>();
  private readonly feeds = new Map<string, string>();
  private readonly missing = new Map<string, number>();
  private newest = new Map<string, RemoteSession>();
  private announced: RemoteSession[] = [];

  constructor(private readonly me: string) {}

  /** Pages by user id. */
  get members(): ReadonlyMap<string, string> {
    return this.pages;
  }

  /**
   * Feed names by user id, from each member's own session, which no other member can write. A name that
   * does not begin with the member's id is ignored, and between two sessions the last one is kept.
   */
  get feedNames(): ReadonlyMap<string, string> {
    return this.feeds;
  }

  /** Note the newest list of live sessions, before `update` handles it in turn. */
  announce(sessions: RemoteSession[]): void {
    this.announced = sessions;
  }

  /** Whether no newer list has been announced. */
  isNewest(sessions: RemoteSession[]): boolean {
    return this.announced === sessions;
  }

  /** Update the live sessions, oldest first. A member missing from `present` has left and is removed at once. */
  update(sessions: RemoteSession[], present: ReadonlySet<string>, now: number): void {
    this.newest = new Map(sessions.map((one) => [one.userId, one]));
    const others = new Map(sessions.map((one) => [one.userId, pageOf(one.sessionId)]));
    others.delete(this.me);
    for (const userId of this.pages.keys()) {
      if (others.has(userId)) continue;
      if (!present.has(userId)) this.forget(userId);
      else if (!this.missing.has(userId)) this.missing.set(userId, now);
    }
    for (const [userId, page] of others) this.meet(userId, page);
    for (const { userId, metadata } of this.newest.values()) {
      if (metadata?.feed?.startsWith(`${userId}.`)) this.feeds.set(userId, metadata.feed);
    }
  }

  /** Whether every member reports being connected in the room of this generation. */
  allArrived(generation: number): boolean {
    return [...this.pages.keys()].every((userId) => {
      const session = this.newest.get(userId);
      return session?.state === "connected" && (session.metadata?.generation ?? generation) >= generation;
    });
  }

  /** Record that a member is on this page, before the server's list says so. */
  meet(userId: string, page: string): void {
    this.pages.set(userId, page);
    this.missing.delete(userId);
  }

  /** Forget members who have been missing for too long; return whether there were any. */
  expire(now: number): boolean {
    const gone = [...this.missing].filter(([, since]) => now - since > GRACE_MS);
    for (const [userId] of gone) this.forget(userId);
    return gone.length > 0;
  }

  private forget(userId: string): void {
    this.pages.delete(userId);
    this.feeds.delete(userId);
    this.missing.delete(userId);
  }
}
