/** The call of one meeting: connects its rooms to the live queries of the server. */

import { Call, type MediaState, type RoomState, type RoomView } from "@connvo/rtc";
import { useConvex, useQuery } from "convex/react";
import { useEffect, useMemo, useRef, useState } from "react";
import { api, messageOf } from "../api/functions";
import type { MeetingRoster } from "../roster/useRoster";
import { sendLeave } from "./leaveRequest";
import { holdPageLock } from "./pageLock";
import { signalling } from "./signalling";

/**
 * Why the call ended on this page although it goes on: left by the user, taken over by another window, or refused by
 * the server.
 */
export type Exit = { why: "left" } | { why: "replaced" } | { why: "refused"; words: string };
/**
 * `room` is set once the server has let this page in; `error` tells why it does not let it back in, while that is
 * retried.
 */
export type CallHandle = {
  view: RoomView;
  exit: Exit | null;
  error: string | null;
  room: Call | null;
};

const EMPTY: RoomView = { peers: [], notice: null, average: null, refusal: null };

export function useCall(
  meetingId: string,
  me: string,
  stream: MediaStream,
  media: MediaState,
  { members, sessions }: MeetingRoster,
): CallHandle {
  const convex = useConvex();
  const [view, setView] = useState(EMPTY);
  const [exit, setExit] = useState<Exit | null>(null);
  const [call, setCall] = useState<Call | null>(null);
  const [room, setRoom] = useState<Call | null>(null);
  const server = useMemo(() => signalling(convex, meetingId, me), [convex, meetingId, me]);
  const start = useRef({ tracks: stream.getTracks(), media });
  start.current = { tracks: stream.getTracks(), media };
  const place = useQuery(api.roomState, { meetingId });
  const known = useRef<RoomState | undefined>(undefined);
  known.current = place;
  const located = place !== undefined;

  useEffect(() => {
    if (!located) return;
    const made = new Call(me, server, { logger: console });
    made.on("view", setView);
    made.on("replaced", () => setExit({ why: "replaced" }));
    const release = holdPageLock(made.page);
    let gone = false;
    if (known.current) made.setRoom(known.current);
    setCall(made);
    made.join(start.current.tracks, start.current.media).then(
      () => gone || setRoom(made),
      (reason) => gone || setExit({ why: "refused", words: messageOf(reason) }),
    );
    // A message on a socket is usually lost when the page closes; a request outlives it.
    const leave = () => {
      if (!gone && !made.isReplaced) sendLeave(meetingId, made.sessionIds);
      gone = true;
      void made.leave();
      release();
    };
    addEventListener("pagehide", leave);
    return () => {
      removeEventListener("pagehide", leave);
      leave();
    };
  }, [meetingId, me, server, located]);

  const present = useMemo(
    () => new Set(members.filter((member) => member.presence === "joined").map((member) => member.userId)),
    [members],
  );
  useEffect(() => {
    if (room) room.setSessions(sessions, present);
  }, [room, sessions, present]);

  useEffect(() => {
    if (call && place) call.setRoom(place);
  }, [call, place]);

  const signals = useQuery(api.pendingSignals, room ? { meetingId } : "skip");
  useEffect(() => {
    if (room && signals) room.receive(signals);
  }, [room, signals]);

  useEffect(() => room?.setMedia(media), [room, media]);

  const error = view.refusal ? messageOf(view.refusal) : null;
  return { view, exit, error, room };
}
