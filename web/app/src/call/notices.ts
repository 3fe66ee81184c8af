/** Notices about the call, in words. */

import type { Notice } from "@connvo/rtc";

/** A call taken over by another window has its own page. */
const WORDS: Record<Exclude<Notice, "replaced">, string> = {
  opening: "Opening the room …",
  reconnecting: "A connection was lost: reconnecting …",
  relay: "The direct connection is blocked: trying a relay …",
  lost: "The connection could not be restored. Trying again; check your network.",
  growing: "The meeting has grown: in a moment the room moves to a media server. You do not need to do anything.",
  movingToServer: "The room is moving to a media server …",
  movingToMesh: "The room is moving: sound and video will go directly between participants …",
  movedToServer: "The room has moved to a media server.",
  movedToMesh: "The room has moved: sound and video go directly between participants.",
  closed: "The media server of this meeting is not responding. Trying again; you do not need to do anything.",
  unsupported:
    "This meeting uses a media service that this page cannot connect to: you cannot see or hear anyone here.",
};

const AWAY = "The server is not responding. The call continues, and the rest of the page will reconnect.";
const AWAY_AT_THE_DOOR = "The server is not responding. You will join as soon as it is back.";

/** `entered`: whether the server has let this page into the call. */
export function noticeText(notice: Notice | null, online: boolean, entered = true): string | null {
  if (notice === "replaced") return null;
  if (!online) return entered ? AWAY : AWAY_AT_THE_DOOR;
  return notice && WORDS[notice];
}
