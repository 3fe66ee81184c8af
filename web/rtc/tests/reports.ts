/**
 * Statistics reports of browsers: recorded by `python -m tests.support.record_stats`, or, where their `source` says
 * so, written by hand after the source of a browser that does not run here.
 */

import type { Entry, Report } from "../src/monitor/report";

/** One look: when, in which states, and what was said. */
export type Look = { at: number; state: RTCPeerConnectionState; report: Report };
type Change = Record<string, unknown>;
type Recording = {
  browser: string;
  what: string;
  source?: string;
  looks: { at: number; now: number; state: RTCPeerConnectionState; report: Record<string, Change | null> }[];
};

const FILES = import.meta.glob<Recording>("./fixtures/*.json", { eager: true, import: "default" });

export const RECORDINGS = Object.values(FILES).map(({ browser, what, looks }) => ({
  browser,
  what,
  looks: replay(looks),
}));

/** The looks that were taken of a browser while this happened. */
export function looksOf(browser: string, what: string): Look[] {
  const found = RECORDINGS.find((one) => one.browser === browser && one.what === what);
  if (!found) throw new Error(`there is no recording of ${browser}, ${what}`);
  return found.looks;
}

/** Every entry of every look as a isConnected; a recording has the changes alone. */
function replay(looks: Recording["looks"]): Look[] {
  const entries = new Map<string, Entry>();
  return looks.map(({ at, now, state, report }) => {
    for (const [id, change] of Object.entries(report)) {
      if (change === null) entries.delete(id);
      else entries.set(id, without({ ...entries.get(id), ...change }));
    }
    const complete = [...entries].map(([id, entry]): [string, Entry] => [id, { id, timestamp: now, ...entry }]);
    return { at, state, report: complete };
  });
}

function without(entry: Change): Entry {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null)) as Entry;
}

/** The report with some of its entries changed, or, by null, left out. */
export function changed(report: Report, change: (entry: Entry, id: string) => Entry | null): [string, Entry][] {
  return [...report].flatMap(([id, value]): [string, Entry][] => {
    const entry = change({ ...(value as Entry) }, id);
    return entry ? [[id, entry]] : [];
  });
}
