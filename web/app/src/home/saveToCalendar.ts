/** A meeting as a calendar file on the disk of the user. */

import { plain } from "../ui/text";
import { calendarFile, download, fileName } from "./calendarFile";

/** The server plans half an hour where no length was given. */
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

/** The address of a meeting for its members; others need an invitation. */
export function meetingAddress(meetingId: string): string {
  return `${location.origin}/m/${meetingId}`;
}
