import type { MediaState } from "@connvo/rtc";
import { useMemo } from "react";
import { type Member, type Message, nameOf, type Session } from "../api/functions";
import type { CallSnapshot } from "./announcements";

type Seen = {
  me: string;
  members: Member[];
  sessions: Session[];
  media: MediaState;
  host: boolean;
  recording: boolean;
  unread: Message | undefined;
};

/** Return what users who do not watch the call are told of. */
export function useCallSnapshot({ me, members, sessions, media, host, recording, unread }: Seen): CallSnapshot {
  const { _id: id, sender, text } = unread ?? {};
  const from = nameOf(sender);
  return useMemo(() => {
    const there = members.filter((one) => one.presence === "joined" && one.userId !== me);
    const shares = new Set(sessions.filter((one) => one.metadata?.screen).map((one) => one.userId));
    const named = (some: Member[]) => new Map(some.map((one) => [one.userId, nameOf(one.user)]));
    return {
      present: named(there),
      sharing: named(there.filter((one) => shares.has(one.userId))),
      mine: media,
      host,
      recording,
      message: id && text ? { id, from, text } : null,
    };
  }, [me, members, sessions, media, host, recording, id, from, text]);
}
