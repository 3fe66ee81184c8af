/** Chooses which notice to show when several apply to a call. */

import type { RoomState } from "./signalling";
import type { Notice } from "./types";

export const MESH = "webrtc";
export const JANUS = "janus";
export const GETSTREAM = "getstream";

/** A problem with the call; `moving` once the server has announced that the room moves. */
export type Issue = "reconnecting" | "relay" | "lost" | "moving";
/** A room, and whether this page is able to join it. */
export type RoomLocation = { provider: string; generation: number; possible: boolean };

/**
 * The state of the call: where this page is or is going, where the server has placed the room, and whether it has just
 * moved.
 */
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
