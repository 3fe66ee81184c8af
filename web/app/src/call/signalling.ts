/** The server of a call, over the one socket of this page. */

import { Interrupted, type Signalling } from "@connvo/rtc";
import type { ConvexReactClient } from "convex/react";
import type { FunctionArgs, FunctionReference, FunctionReturnType } from "convex/server";
import { isConnectionLost, retryAfterMs } from "../api/errors";
import { api } from "../api/functions";
import { probe } from "../api/socket";
import { getStream } from "./getstreamSdk";

/** An action unanswered after this long, despite a connection, counts as lost. */
export const ANSWERED_WITHIN_MS = 20_000;

type Action = FunctionReference<"action">;

export function signalling(convex: ConvexReactClient, meetingId: string, me: string): Signalling {
  const act = <A extends Action>(action: A, args: FunctionArgs<A>) => interruptible(convex, action, args);
  return {
    reachable: () => connected(convex),
    createSession: async (sessionId) => {
      await passing(convex.mutation(api.createSession, { meetingId, sessionId }));
    },
    leave: async (sessionIds) => {
      await convex.mutation(api.leaveCall, { meetingId, sessionIds });
    },
    closeSession: async (sessionId) => {
      await convex.mutation(api.closeSession, { meetingId, sessionId });
    },
    setState: async (sessionId, state, metadata) => {
      await passing(convex.mutation(api.updateSessionState, { meetingId, sessionId, state, metadata }));
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
      const { iceServers, iceTransportPolicy, refreshAfterMs } = await passing(
        act(api.iceServers, { meetingId, sessionId }),
      );
      return { iceServers, relayOnly: iceTransportPolicy === "relay", ...(refreshAfterMs && { refreshAfterMs }) };
    },
    enterRoom: async (sessionId) => {
      const { url, roomId, feedId, token, apiToken } = await act(api.enterRoom, { meetingId, sessionId });
      if (!url || !roomId || !feedId) throw new Error("the room is not one at a media server");
      return { url, roomId, feedId, ...(token && { token }), ...(apiToken && { apiToken }) };
    },
    enterCall: async (sessionId) => {
      const { roomId, token } = await act(api.enterRoom, { meetingId, sessionId });
      if (!roomId || !token) throw new Error("the room is not one at GetStream");
      return { callId: roomId, token };
    },
    getStream,
    reportFailure: async (sessionId, errorType, errorDetails) => {
      const report = act(api.reportFailure, { meetingId, sessionId, errorType, errorDetails });
      const verdict = await passing(report);
      const mine = (await convex.query(api.recoveries, { meetingId })).find((one) => one.userId === me);
      return mine?.retryAt === undefined ? verdict : { ...verdict, waitMs: mine.retryAt - mine.at };
    },
    check: () => {
      if (!convex.connectionState().isWebSocketConnected) return;
      convex.mutation(api.markProcessed, { signalIds: [] }).catch(() => undefined);
      probe();
    },
    reportQuality: async (sessionId, stats) => {
      await act(api.reportQuality, { meetingId, sessionId, stats });
    },
  };
}

/** Call an action. Rejects with Interrupted if there is no connection, it is lost, or no answer comes. */
function interruptible<A extends Action>(
  convex: ConvexReactClient,
  action: A,
  args: FunctionArgs<A>,
): Promise<FunctionReturnType<A>> {
  if (!convex.connectionState().isWebSocketConnected) return Promise.reject(new Interrupted());
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Interrupted()), ANSWERED_WITHIN_MS);
    convex
      .action(action, args)
      .then(done, (error) => fail(isConnectionLost(error) ? new Interrupted() : waiting(error)))
      .finally(() => clearTimeout(timer));
  });
}

/** Treat a temporary refusal as an interruption. At a media server it is a failure to report instead. */
async function passing<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const wait = retryAfterMs(error);
    throw wait === null ? error : new Interrupted(wait);
  }
}

/** Rate limits say nothing about the request itself. */
function waiting(error: unknown): unknown {
  const wait = retryAfterMs(error);
  return wait ? new Interrupted(wait) : error;
}

/** Resolve once there is a connection to the server. */
function connected(convex: ConvexReactClient): Promise<void> {
  if (convex.connectionState().isWebSocketConnected) return Promise.resolve();
  return new Promise((done) => {
    const stop = convex.subscribeToConnectionState(({ isWebSocketConnected }) => {
      if (!isWebSocketConnected) return;
      stop();
      done();
    });
  });
}
