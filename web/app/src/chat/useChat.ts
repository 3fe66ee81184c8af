/** The chat of a meeting, and how much of it the user has not read. */

import { randomId } from "@connvo/rtc";
import { useConvex, useMutation } from "convex/react";
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { flushSync } from "react-dom";
import { Feed } from "../api/feed";
import { api, type Member, type Message, type User } from "../api/functions";
import { allMessages, applyMessages, hasEarlier, type Log, named, type Older } from "./log";

/** `messages` are the oldest first; `earlier` loads older ones, and is null when there are none. */
export type Chat = { messages: Message[]; loading: boolean; earlier: (() => void) | null };
export type Send = (text: string) => Promise<void>;

const PAGE = 25;
const MOST = 100;
const NONE: never[] = [];

/** Return the chat, with messages on their way last. The names of `members` are newer than those of their messages. */
export function useChat(
  meetingId: string,
  pending: readonly Message[] = NONE,
  members: readonly Member[] = NONE,
): Chat {
  const convex = useConvex();
  const feed = useMemo(
    () => new Feed((since) => convex.watchQuery(api.chatChanges, { meetingId, ...since }), applyMessages),
    [convex, meetingId],
  );
  const log = useSyncExternalStore<Log | undefined>(feed.subscribe, feed.read);
  const { older, load } = useOlder(meetingId, log);
  const sent = useMemo(() => named(allMessages(log, older), members), [log, older, members]);
  const messages = useMemo(() => [...sent, ...pending], [sent, pending]);
  return { messages, loading: log === undefined, earlier: hasEarlier(log, older) ? load : null };
}

/** Load pages of older messages, which do not change. */
function useOlder(meetingId: string, log: Log | undefined): { older: Older | null; load: () => void } {
  const convex = useConvex();
  const [older, setOlder] = useState<Older | null>(null);
  const loading = useRef(false);
  const load = useCallback(async () => {
    if (!log || loading.current) return;
    loading.current = true;
    const before = older?.start === log.start ? older : { start: log.start, messages: [], cursor: null };
    // The first page also has the messages that are shown already.
    const numItems = before.cursor === null ? Math.min(log.messages.size + PAGE, MOST) : PAGE;
    try {
      const paginationOpts = { numItems, cursor: before.cursor };
      const { page, isDone, continueCursor } = await convex.query(api.listMessages, { meetingId, paginationOpts });
      setOlder({ ...before, messages: [...before.messages, ...page], cursor: isDone ? null : continueCursor });
    } finally {
      loading.current = false;
    }
  }, [convex, meetingId, log, older]);
  return { older, load: () => void load().catch(() => undefined) };
}

/** Return a function that sends messages, and those on their way: they wait while the server is unreachable. */
export function useSend(meetingId: string, me: User): { pending: Message[]; send: Send } {
  const mutate = useMutation(api.sendMessage);
  const [pending, setPending] = useState<Message[]>([]);
  const send: Send = async (text) => {
    const idempotencyKey = randomId();
    const now = Date.now();
    const _id = pendingId(idempotencyKey);
    const message = { _id, _creationTime: now, senderId: me._id, sender: me, text, createdAt: now };
    setPending((before) => [...before, message]);
    try {
      await mutate({ meetingId, text, idempotencyKey });
    } finally {
      // The answer comes with the message itself, which no frame may show beside its copy.
      flushSync(() => setPending((before) => before.filter((one) => one !== message)));
    }
  };
  return { pending, send };
}

const PENDING = "pending:";
const pendingId = (key: string) => `${PENDING}${key}`;

/** Return whether a message is still on its way to the server. */
export function isPending(message: Message): boolean {
  return message._id.startsWith(PENDING);
}

/** Return the messages of others since the chat was last open, or since the user joined. */
export function useUnread(
  { messages, loading }: Pick<Chat, "messages" | "loading">,
  me: string,
  reading: boolean,
): Message[] {
  const [seen, setSeen] = useState<number | null>(null);
  const theirs = messages.filter((message) => message.senderId !== me);
  const newest = loading ? null : (theirs.at(-1)?.createdAt ?? 0);
  useEffect(() => {
    if (newest !== null && (reading || seen === null)) setSeen(newest);
  }, [newest, reading, seen]);
  return seen === null || reading ? [] : theirs.filter((message) => message.createdAt > seen);
}
