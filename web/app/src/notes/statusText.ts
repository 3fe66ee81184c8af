/** The status of notes in words. They never claim more than is true. */

import type { Access, Status } from "@connvo/notes";
import { messageOf } from "../api/functions";
import type { Sign } from "../ui/Icon";

/** `urgent`: what users have to know, whatever they do. `words` follow `title` where there is room. */
export type StatusText = { sign: Sign; tone: "quiet" | "fair" | "bad"; title: string; words?: string; urgent: boolean };

const KEPT = {
  yes: "Your changes are kept on this device and sent when it is back online.",
  soon: "Your changes are being stored on this device.",
  no: "This browser keeps nothing: leave this page open until it is back online.",
};

export function statusText(status: Status, access: Access | null): StatusText {
  switch (status.state) {
    case "opening":
      return { sign: "clock", tone: "quiet", title: "Opening …", urgent: false };
    case "saved":
      return { sign: "check", tone: "quiet", title: "Saved", urgent: false };
    case "saving":
      return { sign: "repeat", tone: "quiet", title: "Saving …", urgent: false };
    case "offline": {
      const words = status.pending ? KEPT[status.kept] : "You can go on writing.";
      return { sign: "alert", tone: "fair", title: "Offline", words, urgent: true };
    }
    case "refused": {
      const words = reasonFor(status.error, access);
      return { sign: "alert", tone: "bad", title: status.pending ? "Not saved" : "Out of date", words, urgent: true };
    }
  }
}

function reasonFor(error: unknown, access: Access | null): string {
  if (access?.locked && !access.canWrite)
    return "A host has locked the notes. Your changes are sent when they are unlocked.";
  const { code, cause } = error as { code?: string; cause?: unknown };
  if (code === "LIMIT_EXCEEDED") return "The notes are too long for the server. Make them shorter.";
  return messageOf(cause ?? error);
}

/** Return what to say about an edit that does not fit; `room` is how many characters do. */
export function refusalText(room: number): string {
  const left = room === 0 ? "The notes are full." : `There is room for ${room.toLocaleString("en")} characters.`;
  return `This is too long, so nothing was inserted. ${left}`;
}

/** Return what to say when the status has changed; null for what needs no words. */
export function announcement(before: Status["state"], now: StatusText, state: Status["state"]): string | null {
  if (now.urgent) return [now.title, now.words].filter(Boolean).join(". ");
  if (state === "saved" && (before === "offline" || before === "refused")) return "All changes are saved.";
  return null;
}
