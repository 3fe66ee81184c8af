/** Notices about the call, in words. */

import type { Notice } from "@connvo/rtc";

/** A call taken over by another window has its own page. */
const WORDS: Record<Exclude<Notice, "replaced">, string> = {
  opening: "The room is being opened …",
  reconnecting: "A connection was lost: reconnecting …",
  relay: "The direct way is blocked: trying a relay …",
  lost: "The connection could not be restored. It is tried again by itself; check your network meanwhile.",
  growing: "The meeting has become large: in a moment the room moves to a media server. You need not do anything.",
  movingToServer: "The room is moving to a media server …",
  movingToMesh: "The room is moving: from now on media go directly from person to person …",
  movedToServer: "The room has moved to a media server.",
  movedToMesh: "The room has moved: media go directly from person to person.",
  closed: "The media server of this meeting does not answer. It is tried again by itself; you need not do anything.",
  unsupported:
    "This meeting is carried by a service that this page cannot connect to: nobody can be seen or heard here.",
};

const AWAY = "The server does not answer: the call goes on, and the rest of the page as soon as it is back.";
const AWAY_AT_THE_DOOR = "The server does not answer: you come in as soon as it is back.";

/** `entered`: whether the server has let this page into the call. */
export function noticeText(notice: Notice | null, online: boolean, entered = true): string | null {
  if (notice === "replaced") return null;
  if (!online) return entered ? AWAY : AWAY_AT_THE_DOOR;
  return notice && WORDS[notice];
}
