/** Which of the things that are happening to a call is told, when there are several. */

import type { RoomState } from "./signalling";
import type { Notice } from "./types";

export const MESH = "webrtc";
export const JANUS = "janus";
export const GETSTREAM = "getstream";

/** What is wrong with the call, if anything; `moving` when the server has said that the room moves. */
export type Issue = "reconnecting" | "relay" | "lost" | "moving";
/** A room, and whether this page can be in it. */
export type RoomLocation = { provider: string; generation: number; possible: boolean };

/** How things stand: where this page is or is going, where the server has the room, and whether it has just moved. */
type CallCondition = {
  at: RoomLocation | null;
  target: RoomState | null;
  moving: boolean;
  moved: boolean;
  issue: Issue | null;
};

export function noticeFor({ at, target, moving, moved, issue }: CallCondition): Notice | null {
  if (at?.possible === false) return "unsupported";
  if (target?.state === "closed") return "closed";
  if (at === null) return target?.state === "opening" ? "opening" : null;
  const onMesh = target?.provider === MESH;
  if (moving || target?.state === "opening" || issue === "moving") return onMesh ? "movingToMesh" : "movingToServer";
  if (issue) return issue;
  if (target?.announced) return "growing";
  if (moved) return onMesh ? "movedToMesh" : "movedToServer";
  return null;
}
