/** Wall-clock times that users type and read in a zone, and the instants they mean. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** More than any zone's offset: at this distance a change of the clocks is over, or has not begun. */
const BEYOND_OFFSETS_MS = 26 * HOUR_MS;
const LOCAL = /^(\d{4,6})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?$/;

/** An instant in ms since 1970, and the zone's offset from UTC then, in minutes. */
export type Moment = { at: number; offset: number };

/**
 * The instants at which a zone's clocks show a time. There is one; none where clocks skip it, and then `next` is the
 * first moment after that; or two where clocks are put back. Malformed text is `invalid`.
 */
export type WallTime =
  | ({ kind: "once" } & Moment)
  | { kind: "skipped"; next: Moment }
  | { kind: "twice"; first: Moment; second: Moment }
  | { kind: "invalid" };

const formats = new Map<string, Intl.DateTimeFormat>();

/** Return the zone of this browser. */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** Return the meaning of a `datetime-local` value in a zone. Throws a RangeError for an unknown zone. */
export function instantOf(text: string, zone = localZone()): WallTime {
  const wall = parsed(text);
  if (wall === null) return { kind: "invalid" };
  const before = offsetAt(wall - BEYOND_OFFSETS_MS, zone);
  const after = offsetAt(wall + BEYOND_OFFSETS_MS, zone);
  const [first, second] = [...new Set([before, after])]
    .map((offset) => ({ at: wall - offset * MINUTE_MS, offset }))
    .filter(({ at, offset }) => offsetAt(at, zone) === offset)
    .sort((one, other) => one.at - other.at);
  if (first === undefined) return { kind: "skipped", next: changeAround(wall, after, zone) };
  return second === undefined ? { kind: "once", ...first } : { kind: "twice", first, second };
}

/** Return the `datetime-local` value of an instant in a zone, to the minute. */
export function localText(at: number, zone = localZone()): string {
  const shown = new Date(wallOf(at, zone));
  const year = String(shown.getUTCFullYear()).padStart(4, "0");
  return `${year}-${shown.toISOString().slice(-19, -8)}`;
}

/** Return a time of day with the name of its zone, as "10:30 GMT+2". */
export function clockInZone(at: number, zone = localZone(), locale?: string): string {
  const parts = { hour: "numeric", minute: "2-digit", timeZoneName: "short", timeZone: zone } as const;
  return new Intl.DateTimeFormat(locale, parts).format(at);
}

/** Return "today", "tomorrow" or "yesterday" as seen in a zone, or else a date, with the year if it is another one. */
export function dayInWords(at: number, now: number, zone = localZone(), locale?: string): string {
  const then = wallOf(at, zone);
  const today = wallOf(now, zone);
  const days = Math.floor(then / DAY_MS) - Math.floor(today / DAY_MS);
  if (days === 0) return "today";
  if (Math.abs(days) === 1) return days > 0 ? "tomorrow" : "yesterday";
  const sameYear = new Date(then).getUTCFullYear() === new Date(today).getUTCFullYear();
  const parts = { weekday: "short", day: "numeric", month: "short", timeZone: zone } as const;
  return new Intl.DateTimeFormat(locale, { ...parts, ...(!sameYear && { year: "numeric" }) }).format(at);
}

/** Return day and time with the zone, as "tomorrow, 10:30 GMT+2". */
export function whenInWords(at: number, now: number, zone = localZone(), locale?: string): string {
  return `${dayInWords(at, now, zone, locale)}, ${clockInZone(at, zone, locale)}`;
}

/** Return an offset in words: "UTC", "UTC+2", "UTC−3", "UTC+5:45". */
export function offsetInWords(minutes: number): string {
  if (minutes === 0) return "UTC";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? "−" : "+"}${hours}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}

/** Return the text as if it were UTC, in ms; null if it is malformed. */
function parsed(text: string): number | null {
  const found = LOCAL.exec(text.trim());
  if (!found) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0)) as Six;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const wall = date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + Number((found[7] ?? "0").padEnd(3, "0"));
  return isDate(wall - BEYOND_OFFSETS_MS) && isDate(wall + BEYOND_OFFSETS_MS) ? wall : null;
}

type Six = [number, number, number, number, number, number];

function isDate(at: number): boolean {
  return !Number.isNaN(new Date(at).getTime());
}

/** Return a zone's offset from UTC, in minutes; historical offsets include seconds. */
function offsetAt(at: number, zone: string): number {
  return (wallOf(at, zone) - Math.floor(at / 1000) * 1000) / MINUTE_MS;
}

/** Return what a zone's clocks show, to the second, as if it were UTC. */
function wallOf(at: number, zone: string): number {
  const parts = formatOf(zone).formatToParts(at);
  const value = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value);
  const date = new Date(0);
  date.setUTCFullYear(value("year"), value("month") - 1, value("day"));
  // Some browsers write midnight as 24 o'clock.
  date.setUTCHours(value("hour") % 24, value("minute"), value("second"));
  return date.getTime();
}

/** Return the moment near a wall time from which an offset holds. */
function changeAround(wall: number, offset: number, zone: string): Moment {
  let [early, late] = [wall - BEYOND_OFFSETS_MS, wall + BEYOND_OFFSETS_MS];
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (offsetAt(middle, zone) === offset) late = middle;
    else early = middle;
  }
  return { at: late, offset };
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(zone, made);
  return made;
}
