/** The other members of a room at a media server, whether or not they send. */

import type { PeerView, StatsSnapshot } from "../types";
import { RemoteParticipant } from "./participant";

/** The media that a session receives. */
export interface Received {
  tracksOf(userId: string): MediaStreamTrack[];
  /** Return what has arrived from a member, or null while nothing can. */
  seen(userId: string): StatsSnapshot | null;
}

export class Participants {
  private readonly byUser = new Map<string, RemoteParticipant>();

  get all(): RemoteParticipant[] {
    return [...this.byUser.values()];
  }

  get views(): PeerView[] {
    return this.all.map(({ view }) => view);
  }

  get userIds(): Iterable<string> {
    return this.byUser.keys();
  }

  /** Keep exactly these members. */
  set(members: ReadonlyMap<string, string>): void {
    for (const [userId, participant] of this.byUser) {
      if (members.has(userId)) continue;
      participant.take([]);
      this.byUser.delete(userId);
    }
    for (const userId of members.keys()) {
      if (!this.byUser.has(userId)) this.byUser.set(userId, new RemoteParticipant(userId));
    }
  }

  mark(health: "reconnecting" | "lost"): void {
    for (const participant of this.all) participant.mark(health);
  }

  /** Show the media of a session. */
  show(session: Received | null): void {
    for (const participant of this.all) participant.take(session?.tracksOf(participant.userId) ?? []);
  }

  /** Record a sample of every member in a session. */
  note(session: Received | null): void {
    for (const participant of this.all) participant.note(session?.seen(participant.userId) ?? null);
  }
}
