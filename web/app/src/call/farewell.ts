/** The last word of a page that goes. */

import { getFunctionName } from "convex/server";
import { api } from "../api/functions";
import { socketToken } from "../api/socket";

/** Tell the server, by a request that outlives this page, that these sessions are over. */
export function sayFarewell(meetingId: string, sessionIds: string[]): void {
  const token = socketToken();
  if (!token || sessionIds.length === 0) return;
  const request = fetch("/api/mutation", {
    method: "POST",
    keepalive: true,
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ path: getFunctionName(api.leaveCall), format: "json", args: { meetingId, sessionIds } }),
  });
  // Where this does not arrive, the server notices after a while that nothing is heard of this page.
  request.catch(() => undefined);
}
