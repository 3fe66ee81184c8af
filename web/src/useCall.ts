/** The call of one meeting: its rooms on one side, live queries of the server on the other. */

import { type ConvexReactClient, useConvex, useQuery } from "convex/react";
import { useEffect, useMemo, useRef, useState } from "react";
import { api, type Member, messageOf, type Session } from "./api";
import { getStream } from "./getstream";
import { Call, type MediaState, type RoomView, type Signalling } from "./rtc";
import { doubt } from "./wire";

export type Held = { view: RoomView; error: string | null; room: Call | null; sessions: Session[] };

const EMPTY: RoomView = { peers: [], notice: null, average: null };

export function useCall(
  meetingId: string,
  me: string,
  stream: MediaStream,
  media: MediaState,
  members: Member[],
): Held {
  const convex = useConvex();
  const [view, setView] = useState(EMPTY);
  const [error, setError] = useState<string | null>(null);
  const [call, setCall] = useState<Call | null>(null);
  const [room, setRoom] = useState<Call | null>(null);
  const server = useMemo(() => signalling(convex, meetingId, me), [convex, meetingId, me]);
  const start = useRef({ tracks: stream.getTracks(), media });

  useEffect(() => {
    const made = new Call(me, server, setView);
    setCall(made);
    made.join(start.current.tracks, start.current.media).then(
      () => setRoom(made),
      (reason) => setError(messageOf(reason)),
    );
    const leave = () => void made.leave();
    addEventListener("pagehide", leave);
    return () => {
      removeEventListener("pagehide", leave);
      leave();
    };
  }, [me, server]);

  const sessions = useQuery(api.activeSessions, { meetingId });
  const present = useMemo(
    () => new Set(members.filter((member) => member.presence === "joined").map((member) => member.userId)),
    [members],
  );
  useEffect(() => {
    if (room && sessions) room.setSessions(sessions, present);
  }, [room, sessions, present]);

  const place = useQuery(api.roomState, { meetingId });
  useEffect(() => {
    if (call && place) call.setRoom(place);
  }, [call, place]);

  const signals = useQuery(api.pendingSignals, room ? { meetingId } : "skip");
  useEffect(() => {
    if (room && signals) room.receive(signals);
  }, [room, signals]);

  useEffect(() => room?.setMedia(media), [room, media]);

  return { view, error, room, sessions: sessions ?? [] };
}

function signalling(convex: ConvexReactClient, meetingId: string, me: string): Signalling {
  return {
    createSession: async (sessionId) => {
      await convex.mutation(api.createSession, { meetingId, sessionId });
    },
    closeSession: async (sessionId) => {
      await convex.mutation(api.closeSession, { meetingId, sessionId });
    },
    setState: async (sessionId, state, metadata) => {
      await convex.mutation(api.updateSessionState, { meetingId, sessionId, state, metadata });
    },
    sendDescription: async (sessionId, targetUserId, description) => {
      await convex.mutation(api.sendDescription, { meetingId, sessionId, description, targetUserId });
    },
    sendCandidate: async (sessionId, targetUserId, candidate) => {
      await convex.mutation(api.sendCandidate, { meetingId, sessionId, candidate, targetUserId });
    },
    acknowledge: async (signalIds) => {
      await convex.mutation(api.markProcessed, { signalIds });
    },
    iceSetup: async (sessionId) => {
      const { iceServers, iceTransportPolicy, refreshAfterMs } = await convex.action(api.iceServers, {
        meetingId,
        sessionId,
      });
      return { iceServers, relayOnly: iceTransportPolicy === "relay", ...(refreshAfterMs && { refreshAfterMs }) };
    },
    enterRoom: async (sessionId) => {
      const { url, roomId, feedId, token, apiToken } = await convex.action(api.enterRoom, { meetingId, sessionId });
      if (!url || !roomId || !feedId) throw new Error("the room is not one at a media server");
      return { url, roomId, feedId, ...(token && { token }), ...(apiToken && { apiToken }) };
    },
    enterCall: async (sessionId) => {
      const { roomId, token } = await convex.action(api.enterRoom, { meetingId, sessionId });
      if (!roomId || !token) throw new Error("the room is not one at GetStream");
      return { callId: roomId, token };
    },
    getStream,
    reportFailure: async (sessionId, errorType, errorDetails) => {
      const verdict = await convex.action(api.reportFailure, { meetingId, sessionId, errorType, errorDetails });
      const mine = (await convex.query(api.recoveries, { meetingId })).find((one) => one.userId === me);
      return mine?.retryAt === undefined ? verdict : { ...verdict, waitMs: mine.retryAt - mine.at };
    },
    check: () => {
      if (!convex.connectionState().isWebSocketConnected) return;
      convex.mutation(api.markProcessed, { signalIds: [] }).catch(() => undefined);
      doubt();
    },
    reportQuality: async (sessionId, stats) => {
      await convex.action(api.reportQuality, { meetingId, sessionId, stats });
    },
  };
}
