/** The messages of a meeting, kept from changes: the newest, and pages of older ones that the user asked for. */

import { type Changes, changed } from "../api/feed";
import type { Member, Message, UserCard } from "../api/functions";

export type ChatChanges = Changes & { earlier?: boolean; messages: Message[] };
/** The messages since this page looked, by id. `earlier`: there are older ones. `start` changes with a new beginning. */
export type Log = { messages: ReadonlyMap<string, Message>; earlier: boolean; start: number };
/** Older messages of the log with this `start`. `cursor` continues after them, and is null at the very first. */
export type Older = { start: number; messages: Message[]; cursor: string | null };

/** Return the log after an answer; without one before, the answer is its beginning. */
export function applyMessages(before: Log | undefined, answer: ChatChanges): Log {
  const rows = answer.messages.map((message) => [message._id, message] as const);
  return {
    messages: changed(before?.messages ?? new Map<string, Message>(), [], rows),
    earlier: before?.earlier ?? answer.earlier ?? false,
    start: before?.start ?? answer.revision,
  };
}

/** Return all messages once, the oldest first. */
export function allMessages(log: Log | undefined, older: Older | null): Message[] {
  if (!log) return [];
  const known = older?.start === log.start ? older.messages : [];
  const all = new Map([...known, ...log.messages.values()].map((message) => [message._id, message]));
  return [...all.values()].sort((one, other) => one._creationTime - other._creationTime);
}

/** Return messages with the present names of members; others keep the name that came with their message. */
export function named(messages: Message[], members: readonly Pick<Member, "userId" | "user">[]): Message[] {
  const cards = new Map(members.map(({ userId, user }) => [userId, user]));
  return messages.map((message) => {
    const card = cards.get(message.senderId);
    return card?.displayName === undefined || same(card, message.sender) ? message : { ...message, sender: card };
  });
}

function same(one: UserCard, other: UserCard): boolean {
  return one.displayName === other.displayName && one.avatarUrl === other.avatarUrl;
}

/** Return whether there are messages older than those shown. */
export function hasEarlier(log: Log | undefined, older: Older | null): boolean {
  if (!log) return false;
  return older?.start === log.start ? older.cursor !== null : log.earlier;
}
