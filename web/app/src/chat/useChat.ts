/** The chat of a meeting, and how much of it the user has not read. */

import { randomId } from "@connvo/rtc";
import { insertAtTop, useMutation, usePaginatedQuery } from "convex/react";
import { useEffect, useMemo, useState } from "react";
import { api, type Message, type User } from "../api/functions";

/** `messages` are the oldest first; `earlier` loads older ones, and is null when there are none. */
export type Chat = { messages: Message[]; loading: boolean; earlier: (() => void) | null };
export type Send = (text: string) => Promise<void>;

const PAGE = 25;

export function useChat(meetingId: string): Chat {
  const { results, status, loadMore } = usePaginatedQuery(api.listMessages, { meetingId }, { initialNumItems: PAGE });
  const messages = useMemo(() => [...results].reverse(), [results]);
  return {
    messages,
    loading: status === "LoadingFirstPage",
    earlier: status === "CanLoadMore" ? () => loadMore(PAGE) : null,
  };
}

/** Send messages. They appear in the chat at once, and wait while the server is unreachable. */
export function useSend(meetingId: string, me: User): Send {
  const send = useMutation(api.sendMessage).withOptimisticUpdate((localQueryStore, { text, idempotencyKey }) =>
    insertAtTop({
      paginatedQuery: api.listMessages,
      argsToMatch: { meetingId },
      localQueryStore,
      item: { _id: pendingId(idempotencyKey), senderId: me._id, sender: me, text, createdAt: Date.now() },
    }),
  );
  return async (text) => {
    await send({ meetingId, text, idempotencyKey: randomId() });
  };
}

const PENDING = "pending:";
const pendingId = (key: string) => `${PENDING}${key}`;

/** Return whether a message is still on its way to the server. */
export function isPending(message: Message): boolean {
  return message._id.startsWith(PENDING);
}

/** Return the messages of others since the chat was last open, or since the user joined. */
export function useUnread({ messages, loading }: Chat, me: string, reading: boolean): Message[] {
  const [seen, setSeen] = useState<number | null>(null);
  const theirs = messages.filter((message) => message.senderId !== me);
  const newest = loading ? null : (theirs.at(-1)?.createdAt ?? 0);
  useEffect(() => {
    if (newest !== null && (reading || seen === null)) setSeen(newest);
  }, [newest, reading, seen]);
  return seen === null || reading ? [] : theirs.filter((message) => message.createdAt > seen);
}
