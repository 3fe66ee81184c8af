/** The last request of a page that closes. */

import { api } from "../api/functions";
import { sendLast } from "../api/lastRequest";

/** End these sessions at the server. If this is lost, they expire there. */
export function sendLeave(meetingId: string, sessionIds: string[]): void {
  if (sessionIds.length > 0) sendLast(api.leaveCall, { meetingId, sessionIds });
}
