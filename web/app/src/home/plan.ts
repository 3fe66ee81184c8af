/** The meaning of the chosen day and time for a meeting. */

import { clockInZone, instantOf, localText, localZone, offsetInWords } from "../ui/wallClock";

/** A year is enough for any plan, and the server's limit. */
const HORIZON_MS = 365 * 24 * 60 * 60_000;
const HOUR_MS = 60 * 60_000;

export type Fields = { day: string; time: string };
export type Choice = { at: number; words: string };
export type Plan = {
  /** When the meeting will be; null while something has to be corrected. */
  at: number | null;
  problem: string | null;
  /** The moments to choose from, where the time exists twice. */
  choices: Choice[];
  /** A replacement, where the time does not exist. */
  instead: (Fields & { words: string }) | null;
};

const NOTHING: Plan = { at: null, problem: null, choices: [], instead: null };

/** Read the fields in a zone. `later` takes the second of two moments at which the clocks show the time. */
export function planOf({ day, time }: Fields, later: boolean, now: number, zone = localZone(), locale?: string): Plan {
  const wall = instantOf(`${day}T${time}`, zone);
  switch (wall.kind) {
    case "invalid":
      return { ...NOTHING, problem: "Choose a day and a time." };
    case "skipped": {
      const words = clockInZone(wall.next.at, zone, locale);
      return {
        ...NOTHING,
        problem: "This time does not exist on that day: the clocks go forward.",
        instead: { ...fieldsOf(wall.next.at, zone), words },
      };
    }
    case "twice": {
      const choices = [wall.first, wall.second].map(({ at, offset }, place) => ({
        at,
        words: `The ${place === 0 ? "first" : "second"} one, ${offsetInWords(offset)}`,
      }));
      return { ...within(later ? wall.second.at : wall.first.at, now), choices };
    }
    default:
      return within(wall.at, now);
  }
}

function within(at: number, now: number): Plan {
  if (at < now) return { ...NOTHING, problem: "This time has passed. Choose a later one." };
  if (at > now + HORIZON_MS) return { ...NOTHING, problem: "This is more than a year ahead. Choose an earlier day." };
  return { ...NOTHING, at };
}

/** Return an instant as values of the day and time fields. */
export function fieldsOf(at: number, zone = localZone()): Fields {
  const [day = "", time = ""] = localText(at, zone).split("T");
  return { day, time };
}

/** Return the next full hour, the likeliest choice. */
export function nextHour(now: number): number {
  return (Math.floor(now / HOUR_MS) + 1) * HOUR_MS;
}

/** Return the zone of this device in words, with its offset from UTC at that time. */
export function zoneInWords(at: number, zone = localZone(), locale?: string): string {
  const part = (timeZoneName: "long" | "shortOffset") =>
    new Intl.DateTimeFormat(locale, { timeZoneName, timeZone: zone })
      .formatToParts(at)
      .find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [name, offset] = [part("long"), part("shortOffset")];
  return !name || name === offset ? offset || "UTC" : `${name} (${offset})`;
}
