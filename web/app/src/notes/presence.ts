/** Who has the notes open and who writes, in words for screen readers: a sentence every ten seconds at most. */

import type { NotesSession } from "@connvo/notes";
import { useEffect, useRef, useState } from "react";
import { nameOf } from "../api/functions";

const SAY_EVERY_MS = 10_000;

/** Return the newest sentence. `nameById` gives the name of a member. */
export function usePresence(session: NotesSession, nameById: (userId: string) => string): string {
  const [said, setSaid] = useState("");
  const name = useRef(nameById);
  name.current = nameById;
  useEffect(() => {
    const joined = new Set<string>();
    const writers = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | null = null;
    let last = Number.NEGATIVE_INFINITY;
    const say = () => {
      timer = null;
      last = performance.now();
      setSaid(sentence([...joined], [...writers]));
      joined.clear();
      writers.clear();
    };
    const soon = () => {
      timer ??= setTimeout(say, Math.max(0, last + SAY_EVERY_MS - performance.now()));
    };
    const stops = [
      session.on("joined", (users) => {
        for (const user of users) joined.add(nameOf(user));
        soon();
      }),
      session.on("wrote", ({ userId }) => {
        writers.add(name.current(userId));
        soon();
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, [session]);
  return said;
}

export function sentence(joined: string[], writers: string[]): string {
  const parts = [
    joined.length > 0 && `${listOf(joined)} ${joined.length === 1 ? "has" : "have"} opened the notes.`,
    writers.length > 0 && `${listOf(writers)} ${writers.length === 1 ? "is" : "are"} writing in the notes.`,
  ];
  return parts.filter(Boolean).join(" ");
}

function listOf(names: string[]): string {
  return new Intl.ListFormat("en", { type: "conjunction" }).format(names);
}
