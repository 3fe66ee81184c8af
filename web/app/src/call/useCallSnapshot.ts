import type { MediaState } from "@connvo/rtc";
import { useMemo } from "react";
import { type Member, type Message, nameOf, type Session } from "../api/functions";
import { modeOf } from "../captions/mode";
import type { Transcription } from "../captions/types";
import type { CallSnapshot } from "./announcements";

type Seen = {
  me: string;
  members: Member[];
  sessions: Session[];
  media: MediaState;
  host: boolean;
  recording: boolean;
  transcription: Transcription | undefined;
  unread: Message | undefined;
};

/** Return what users who do not watch the call are told of. */
export function useCallSnapshot({
  me,
  members,
  sessions,
  media,
  host,
  recording,
  transcription,
  unread,
}: Seen): CallSnapshot {
  const { _id: id, sender, text } = unread ?? {};
  const from = nameOf(sender);
  const mode = modeOf(transcription);
  // Of their own step users are told without their name.
  const changedBy = transcription?.changedBy;
  const by = changedBy && changedBy._id !== me ? nameOf(changedBy) : null;
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
      transcription: { mode, by },
      message: id && text ? { id, from, text } : null,
    };
  }, [me, members, sessions, media, host, recording, mode, by, id, from, text]);
}
