/**
 * The sessions of notes in this window, one for each meeting. A session outlives the panel that shows it until all is
 * saved, so that closing a panel, or going to another page, loses nothing.
 */

import { NotesSession } from "@connvo/notes";
import type { ConvexReactClient } from "convex/react";
import { api } from "../api/functions";
import { sendLast } from "../api/lastRequest";
import { pendingStore } from "./pendingStore";
import { notesServer } from "./server";
import { unsavedNotes } from "./unsaved";

type Entry = { session: NotesSession; users: number };
export type Borrowed = { session: NotesSession; giveBack: () => void };

const open = new Map<ConvexReactClient, Map<string, Entry>>();

/** Return the session of a meeting, and how to give it back. */
export function borrowNotes(convex: ConvexReactClient, userId: string, meetingId: string): Borrowed {
  const ofClient = open.get(convex) ?? new Map<string, Entry>();
  open.set(convex, ofClient);
  const entry = ofClient.get(meetingId) ?? begin(convex, userId, meetingId);
  ofClient.set(meetingId, entry);
  entry.users++;
  return { session: entry.session, giveBack: () => giveBack(ofClient, meetingId, entry) };
}

function begin(convex: ConvexReactClient, userId: string, meetingId: string): Entry {
  const session = new NotesSession(notesServer(convex, meetingId), {
    store: pendingStore(userId, meetingId),
    logger: { warn: (message, cause) => console.warn(`notes: ${message}`, cause) },
  });
  void session.start();
  unsavedNotes.set(meetingId, () => session.unsavedTexts);
  return { session, users: 0 };
}

function giveBack(ofClient: Map<string, Entry>, meetingId: string, entry: Entry): void {
  entry.users--;
  entry.session.flush();
  const stop = entry.session.on("status", () => endWhenSaved());
  const endWhenSaved = () => {
    const { session } = entry;
    const hopeless = !session.isOpen && session.status.state === "refused";
    if (entry.users === 0 && !hopeless && (!session.isOpen || session.isPending)) return;
    stop();
    if (entry.users > 0 || ofClient.get(meetingId) !== entry) return;
    ofClient.delete(meetingId);
    unsavedNotes.delete(meetingId);
    void session.close();
  };
  endWhenSaved();
}

function all(): { meetingId: string; session: NotesSession }[] {
  return [...open.values()].flatMap((ofClient) =>
    [...ofClient.entries()].map(([meetingId, { session }]) => ({ meetingId, session })),
  );
}

addEventListener("pagehide", () => {
  for (const { meetingId, session } of all()) {
    session.flush();
    // If this is lost, the cursor expires at the server.
    if (session.seenAs !== null) sendLast(api.leaveNotes, { meetingId, clientId: session.seenAs });
  }
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") for (const { session } of all()) session.flush();
});
addEventListener("beforeunload", (event) => {
  if (all().some(({ session }) => session.isAtRisk)) event.preventDefault();
});
