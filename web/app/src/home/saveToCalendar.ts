/** Saves a meeting as a calendar file. */

import { plain } from "../ui/text";
import { calendarFile, download, fileName } from "./calendarFile";

/** The server's default length. */
const USUAL_LENGTH_MS = 30 * 60_000;

type Planned = { _id: string; title: string; duration?: number };

export function saveToCalendar(
  { _id, title, duration = USUAL_LENGTH_MS }: Planned,
  startsAt: number,
  link: string,
): void {
  download(
    fileName(title),
    calendarFile({
      uid: `${_id}@${location.hostname}`,
      title: plain(title),
      link,
      startsAt,
      endsAt: startsAt + duration,
      madeAt: Date.now(),
    }),
  );
}

/** Return the address of a meeting for its members; others need an invitation. */
export function meetingAddress(meetingId: string): string {
  return `${location.origin}/m/${meetingId}`;
}
