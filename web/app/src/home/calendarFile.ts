/** A meeting as a calendar file: iCalendar, RFC 5545. */

export type CalendarEntry = {
  uid: string;
  title: string;
  link: string;
  startsAt: number;
  endsAt: number;
  /** When the file was made. */
  madeAt: number;
};

const LINE_END = "\r\n";
const LINE_OCTETS = 75;

/** Return the text of the file. Its times are in UTC, so that every calendar shows them in its user's zone. */
export function calendarFile({ uid, title, link, startsAt, endsAt, madeAt }: CalendarEntry): string {
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//connvo//connvo//EN",
    "METHOD:PUBLISH",
    "BEGIN:VEVENT",
    `UID:${escapeText(uid)}`,
    `DTSTAMP:${utc(madeAt)}`,
    `DTSTART:${utc(startsAt)}`,
    `DTEND:${utc(endsAt)}`,
    `SUMMARY:${escapeText(title)}`,
    `DESCRIPTION:${escapeText(`Join the meeting: ${link}`)}`,
    `LOCATION:${escapeText(link)}`,
    `URL:${link}`,
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return lines.flatMap(fold).join(LINE_END) + LINE_END;
}

/** Return a time as RFC 5545 writes it in UTC: 20260131T090000Z. */
export function utc(at: number): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** Return text as a value: separators and line breaks escaped, other control characters removed. */
export function escapeText(text: string): string {
  return text
    .replace(/[\\;,]/g, (found) => `\\${found}`)
    .replace(/\r\n?|\n|\u2028|\u2029/g, "\\n")
    .replace(/\p{Cc}/gu, "");
}

/** Split a line after at most 75 octets, never within a character. Each further line begins with a space. */
export function fold(line: string): string[] {
  const encoder = new TextEncoder();
  const folded: string[] = [];
  let current = "";
  let octets = 0;
  for (const character of line) {
    const size = encoder.encode(character).length;
    if (octets + size > LINE_OCTETS) {
      folded.push(current);
      current = " ";
      octets = 1;
    }
    current += character;
    octets += size;
  }
  return [...folded, current];
}

/** Hand a file to the browser's downloads. */
export function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/calendar;charset=utf-8" }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}

/** Return a title as a file name that is valid on any system. */
export function fileName(title: string): string {
  const safe = title
    .replace(/[\p{Cc}<>:"/\\|?*]/gu, " ")
    .replace(/\s+/g, " ")
    .replace(/^[. ]+|[. ]+$/g, "");
  return `${[...safe].slice(0, 60).join("").trimEnd() || "meeting"}.ics`;
}
