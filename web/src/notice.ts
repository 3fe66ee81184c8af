/** What is happening to the call, in words. */

import type { Notice } from "./rtc";

const WORDS: Record<Notice, string> = {
  reconnecting: "A connection was lost: reconnecting …",
  relay: "The direct way is blocked: trying a relay …",
  moving: "The room is moving to another place …",
  lost: "The connection could not be restored. It is tried again by itself; check your network meanwhile.",
  elsewhere: "You have joined this meeting from another window. The call goes on there.",
};

export function words(notice: Notice | null, online: boolean): string | null {
  if (notice === "elsewhere") return WORDS.elsewhere;
  if (!online) return "The server does not answer: the call goes on, and the rest of the page as soon as it is back.";
  return notice && WORDS[notice];
}
