/** The members of a meeting and their sessions, kept from changes. */

import { type Changes, changed } from "../api/feed";
import type { Member, Presence, Quality, Role, Session, UserCard } from "../api/functions";

export type RosterMember = {
  userId: string;
  _creationTime: number;
  role: Role;
  presence: Presence;
  joinedAt?: number;
  leftAt?: number;
  displayName?: string;
  avatarUrl?: string;
  reconnecting?: { at: number; until: number; retryAt?: number };
};
export type RosterSession = Omit<Session, "connectionQuality"> & { _creationTime: number; quality?: Quality };
export type RosterChanges = Changes & {
  removed: string[];
  members: RosterMember[];
  ended: string[];
  sessions: RosterSession[];
};
/** Everybody and every session, by user id and by session id. */
export type Roster = {
  members: ReadonlyMap<string, RosterMember>;
  sessions: ReadonlyMap<string, RosterSession>;
};

const NOBODY: Roster = { members: new Map(), sessions: new Map() };

/** Return a roster after an answer; without one before, the answer is the whole. */
export function applyChanges(before: Roster | undefined, answer: RosterChanges): Roster {
  const { members, sessions } = before ?? NOBODY;
  return {
    members: changed(
      members,
      answer.removed,
      answer.members.map((one) => [one.userId, one]),
    ),
    sessions: changed(
      sessions,
      answer.ended,
      answer.sessions.map((one) => [one.sessionId, one]),
    ),
  };
}

/** Return the members, the longest-standing first, with the names that only this user may see. */
export function listMembers({ members }: Pick<Roster, "members">, cards: readonly UserCard[]): Member[] {
  const own = new Map(cards.map((card) => [card._id, card]));
  return oldestFirst(members).map((one) => ({
    userId: one.userId,
    role: one.role,
    presence: one.presence,
    ...(one.joinedAt !== undefined && { joinedAt: one.joinedAt }),
    ...(one.leftAt !== undefined && { leftAt: one.leftAt }),
    user: own.get(one.userId) ?? cardOf(one),
  }));
}

/** Return the open sessions, the oldest first. */
export function listSessions({ sessions }: Pick<Roster, "sessions">): Session[] {
  return oldestFirst(sessions).map(({ _creationTime, quality, ...session }) => ({
    ...session,
    ...(quality !== undefined && { connectionQuality: quality }),
  }));
}

function oldestFirst<T extends { _creationTime: number }>(rows: ReadonlyMap<string, T>): T[] {
  return [...rows.values()].sort((one, other) => one._creationTime - other._creationTime);
}

function cardOf({ userId, displayName, avatarUrl }: RosterMember): UserCard {
  return {
    _id: userId,
    ...(displayName !== undefined && { displayName }),
    ...(avatarUrl !== undefined && { avatarUrl }),
  };
}
