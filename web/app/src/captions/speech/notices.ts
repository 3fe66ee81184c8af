/** What the server says on the socket of speech. */

import type { PauseReason } from "../types";

export type Notice =
  /** Frames after `through` are taken: at the start, and after each pause. */
  | { type: "ready"; through: number }
  /** Everything up to a frame is dealt with; `flushed` answers a flush. */
  | { type: "through"; through: number; flushed: boolean }
  /** No frames are taken until the server is ready again. */
  | { type: "paused"; reason: PauseReason; retryAfterMs: number | null }
  | { type: "error"; code: string };

const REASONS: readonly PauseReason[] = ["off", "engine", "busy", "budget"];

/** Return a notice, or null for what this page does not know. */
export function noticeOf(data: unknown): Notice | null {
  const said = parsed(data);
  switch (said.type) {
    case "ready":
      return { type: "ready", through: count(said.through) };
    case "through":
      return { type: "through", through: count(said.sequence), flushed: said.flushed === true };
    case "paused": {
      const reason = REASONS.find((one) => one === said.reason) ?? "engine";
      const { retryAfterMs } = said;
      return { type: "paused", reason, retryAfterMs: typeof retryAfterMs === "number" ? retryAfterMs : null };
    }
    case "error":
      return { type: "error", code: String(said.code) };
    default:
      return null;
  }
}

function parsed(data: unknown): Record<string, unknown> {
  try {
    const value: unknown = typeof data === "string" ? JSON.parse(data) : null;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function count(value: unknown): number {
  return typeof value === "number" && value >= 0 ? value : 0;
}
