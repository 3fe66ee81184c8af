/** The server of notes, over the one socket of this page. */

import { Interrupted, type NotesServer, type OperationsPage, Refused, type Stop } from "@connvo/notes";
import type { ConvexReactClient } from "convex/react";
import type { FunctionArgs, FunctionReference, FunctionReturnType } from "convex/server";
import { codeOf, retryAfterMs } from "../api/errors";
import { api, type SentPage } from "../api/functions";

type Query = FunctionReference<"query">;

export function notesServer(convex: ConvexReactClient, meetingId: string): NotesServer {
  return {
    snapshot: () => answered(convex.query(api.notesSnapshot, { meetingId })),
    follow: (sequence, onPage, onError) =>
      watch(convex, api.notesSince, { meetingId, sequence }, (page) => onPage(whole(page)), onError),
    apply: (clientId, operation) => answered(convex.mutation(api.applyNotes, { meetingId, clientId, ...operation })),
    followAccess: (onAccess) => watch(convex, api.notesAccess, { meetingId }, onAccess),
    followConnection: (onChange) => {
      onChange(convex.connectionState().isWebSocketConnected);
      return convex.subscribeToConnectionState(({ isWebSocketConnected }) => onChange(isWebSocketConnected));
    },
    followCursors: (onCursors) => watch(convex, api.notesCursors, { meetingId }, onCursors),
    setCursor: async (clientId, sequence, anchor, head) => {
      await convex.mutation(api.setNotesCursor, { meetingId, clientId, sequence, anchor, head });
    },
    leave: async (clientId) => {
      await convex.mutation(api.leaveNotes, { meetingId, clientId });
    },
  };
}

/** Follow the results of a query. An error ends nothing: later results are passed on again. */
function watch<Q extends Query>(
  convex: ConvexReactClient,
  query: Q,
  args: FunctionArgs<Q>,
  onValue: (value: FunctionReturnType<Q>) => void,
  onError: (error: unknown) => void = () => undefined,
): Stop {
  const watched = convex.watchQuery(query, args);
  const look = () => {
    let value: FunctionReturnType<Q> | undefined;
    try {
      value = watched.localQueryResult();
    } catch (error) {
      onError(translated(error));
      return;
    }
    if (value !== undefined) onValue(value);
  };
  const stop = watched.onUpdate(look);
  look();
  return stop;
}

async function answered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw translated(error);
  }
}

/** Return an error as the package of notes knows it: a refusal, or a reason to try again. */
function translated(error: unknown): Error {
  const wait = retryAfterMs(error);
  const code = codeOf(error);
  if (wait !== null) return new Interrupted(wait);
  return code === null || code === "INTERNAL_ERROR" ? new Interrupted() : new Refused(code, error);
}

function whole({ operations, ...page }: SentPage): OperationsPage {
  return {
    ...page,
    operations: operations.map((one) => ({
      ...one,
      changes: one.changes.map(({ position, length = 0, content = "" }) => ({ position, length, content })),
    })),
  };
}
