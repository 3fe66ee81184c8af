/** The last request of a page that closes. */

import { getFunctionName } from "convex/server";
import { api } from "../api/functions";
import { socketToken } from "../api/socket";

/** End these sessions at the server, by a request that outlives this page. */
export function sendLeave(meetingId: string, sessionIds: string[]): void {
  const token = socketToken();
  if (!token || sessionIds.length === 0) return;
  const request = fetch("/api/mutation", {
    method: "POST",
    keepalive: true,
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ path: getFunctionName(api.leaveCall), format: "json", args: { meetingId, sessionIds } }),
  });
  // If this is lost, the sessions expire at the server.
  request.catch(() => undefined);
}
