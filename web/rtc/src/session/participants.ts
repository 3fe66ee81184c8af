/** Who else is in the call, by the word of the server, and on which page. */

import { pageOf } from "../ids";
import type { RemoteSession } from "../signalling";

/** A session that vanished may be between two attempts: its owner is kept for so long. */
export const GRACE_MS = 4_000;

export class Participants {
  private readonly pages = new Map<string, string>();
  private readonly feeds = new Map<string, string>();
  private readonly missing = new Map<string, number>();
  private newest = new Map<string, RemoteSession>();
  private announced: RemoteSession[] = [];

  constructor(private readonly me: string) {}

  /** The pages by user id. */
  get people(): ReadonlyMap<string, string> {
    return this.pages;
  }

  /**
   * The feeds by user id: what their own sessions say, which nobody else can write. A name that is not the member's own
   * counts for nothing, and between two sessions the last one stays.
   */
  get feedNames(): ReadonlyMap<string, string> {
    return this.feeds;
  }

  /** Notes the newest list of live sessions, which is taken in its turn. */
  announce(sessions: RemoteSession[]): void {
    this.announced = sessions;
  }

  /** Whether no newer list has come. */
  isNewest(sessions: RemoteSession[]): boolean {
    return this.announced === sessions;
  }

  /** Takes the live sessions, oldest first. Who is not among `present` has left, and goes at once. */
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

  /** Whether everybody says that they are connected in the room of this generation. */
  allArrived(generation: number): boolean {
    return [...this.pages.keys()].every((userId) => {
      const session = this.newest.get(userId);
      return session?.state === "connected" && (session.metadata?.generation ?? generation) >= generation;
    });
  }

  /** Takes that somebody is on this page, before the server's list says so. */
  meet(userId: string, page: string): void {
    this.pages.set(userId, page);
    this.missing.delete(userId);
  }

  /** Forgets who has been missing for too long; returns whether that was anybody. */
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
