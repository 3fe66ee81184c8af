import type { Access, NotesSession, Status } from "@connvo/notes";
import { useConvex } from "convex/react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { borrowNotes } from "./sessions";

export type NotesState = { text: string | null; status: Status; access: Access | null };

/** Return the session of a meeting's notes for as long as this is shown. */
export function useNotes(userId: string, meetingId: string): NotesSession | null {
  const convex = useConvex();
  const [session, setSession] = useState<NotesSession | null>(null);
  useEffect(() => {
    const borrowed = borrowNotes(convex, userId, meetingId);
    setSession(borrowed.session);
    return () => {
      setSession(null);
      borrowed.giveBack();
    };
  }, [convex, userId, meetingId]);
  return session;
}

/** Follow the status of a session: the same object until it changes. */
export function useStatus(session: NotesSession): Status {
  const shown = useSyncExternalStore(
    (listener) => session.on("status", listener),
    () => JSON.stringify(session.status, (key, value) => (key === "error" ? String(value) : value)),
  );
  return shown ? session.status : { state: "opening" };
}

export function useAccess(session: NotesSession): Access | null {
  return useSyncExternalStore(
    (listener) => session.on("access", listener),
    () => session.access,
  );
}

/** Follow whether the text is known. */
export function useIsOpen(session: NotesSession): boolean {
  return useSyncExternalStore(
    (listener) => session.on("ready", listener),
    () => session.isOpen,
  );
}

const TEXT_EVERY_MS = 300;

/** Follow the text, a few times a second. */
export function useText(session: NotesSession): string {
  const [text, setText] = useState(() => session.text ?? "");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    let taken = 0;
    const take = () => {
      timer = null;
      taken = performance.now();
      setText(session.text ?? "");
    };
    const soon = () => {
      const wait = taken + TEXT_EVERY_MS - performance.now();
      if (wait <= 0) take();
      else timer ??= setTimeout(take, wait);
    };
    take();
    taken = 0;
    const stops = [session.on("ready", take), session.on("remote", soon)];
    return () => {
      for (const stop of stops) stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, [session]);
  return text;
}
