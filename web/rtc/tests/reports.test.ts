/** Heartbeats and numbers are found in the reports of every browser, whatever a report leaves out. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Entry, Report } from "../src/monitor/report";
import { CHECK_EVERY_MS, diagnose, Liveness, SILENCE_MS, SILENT_SAMPLES, UNANSWERED_MS } from "../src/monitor/silence";
import { loudness, readStats } from "../src/monitor/stats";
import { changed, type Look, looksOf, RECORDINGS } from "./reports";

const BROWSERS = [...new Set(RECORDINGS.map(({ browser }) => browser))];
const FLOWING = RECORDINGS.filter(({ what }) => what === "media");
const LIVING = RECORDINGS.filter(({ what }) => what !== "cut");
const CHECKS_EVERY_MS = 2_500;

/** Looks, one after the other; returns when the connection was first found dead, if it was. */
function diedAt(looks: Look[], pulse = new Liveness()): number | null {
  for (const { at, state, report } of looks) {
    pulse.note(readStats(report, at), state);
    if (diagnose(state, pulse, at)) return at;
  }
  return null;
}

/** The last look again and again: nothing arrives any more. */
function* silence(last: Look, ms: number, state = last.state): Generator<Look> {
  for (let gone = CHECK_EVERY_MS; gone <= ms; gone += CHECK_EVERY_MS) {
    yield { at: last.at + gone, state, report: changed(last.report, (entry) => ask(entry, gone)) };
  }
}

/** The counters that go on when nothing arrives: of checks that are sent, and of sound that is made up. */
function ask(entry: Entry, gone: number): Entry {
  const grown = { ...entry };
  const asked = Math.floor(gone / CHECKS_EVERY_MS);
  for (const field of ["requestsSent", "consentRequestsSent"])
    if (typeof entry[field] === "number") grown[field] = entry[field] + asked;
  for (const field of ["totalSamplesReceived", "concealedSamples", "bytesSent", "packetsSent"])
    if (entry.type !== "remote-outbound-rtp" && typeof entry[field] === "number") grown[field] = entry[field] + gone;
  return grown;
}

function last(looks: Look[]): Look {
  const found = looks.at(-1);
  if (!found) throw new Error("nothing was recorded");
  return found;
}

test("there are recordings of media, of mute, and of nothing at all, in every browser that runs here", () => {
  const recorded = RECORDINGS.map(({ browser, what }) => `${browser.replace(/\d+$/, "")}${what}`);
  for (const what of ["media", "muted", "stopped", "silent", "cut"])
    for (const browser of ["chromium-", "firefox-"]) expect(recorded).toContain(browser + what);
});

describe("a connection that works", () => {
  test.each(LIVING)("is never called silent: $browser, $what", ({ looks }) => {
    expect(diedAt(looks)).toBeNull();
  });

  test.each(LIVING)("nor where nothing but the report is known: $browser, $what", ({ looks }) => {
    const pulse = new Liveness();
    for (const { at, report } of looks) {
      const seen = readStats(report, at);
      pulse.note(seen);
      expect(diagnose(seen.state, pulse, at)).toBeNull();
    }
  });

  test.each(FLOWING)("is seen to live: $browser", ({ looks }) => {
    const pulse = new Liveness();
    for (const { at, report } of looks) pulse.note(readStats(report, at), undefined);
    expect(pulse.seenSince(last(looks).at - 2 * CHECK_EVERY_MS)).toBe(true);
  });
});

describe("a connection that dies", () => {
  test.each(FLOWING)("is found dead soon where media flowed: $browser", ({ looks }) => {
    const pulse = new Liveness();
    expect(diedAt(looks, pulse)).toBeNull();
    const found = diedAt([...silence(last(looks), 2 * SILENCE_MS)], pulse);
    expect(found).toBeGreaterThan(last(looks).at + SILENCE_MS - CHECK_EVERY_MS);
    expect(found).toBeLessThanOrEqual(last(looks).at + SILENCE_MS + CHECK_EVERY_MS);
  });

  test.each(RECORDINGS.filter(({ what }) => what === "cut"))(
    "is found dead as it was recorded: $browser",
    ({ looks }) => {
      const cutAt = lastGrowth(looks);
      const found = diedAt(looks);
      expect(found).toBeGreaterThan(cutAt);
      expect(found).toBeLessThanOrEqual(cutAt + SILENCE_MS + 2 * CHECK_EVERY_MS);
    },
  );

  test.each(RECORDINGS.filter(({ what }) => what === "silent"))(
    "is found dead where nobody sent anything, if it can be told: $browser",
    ({ browser, looks }) => {
      const pulse = new Liveness();
      expect(diedAt(looks, pulse)).toBeNull();
      const counts = /chromium|safari/.test(browser);
      const soon = diedAt([...silence(last(looks), 2 * UNANSWERED_MS)], pulse);
      if (counts) expect(soon).toBeLessThanOrEqual(last(looks).at + UNANSWERED_MS + 2 * CHECK_EVERY_MS);
      else expect(soon).toBeNull();
      const later = { ...last(looks), at: last(looks).at + 2 * UNANSWERED_MS };
      const disconnected = diedAt([...silence(later, 2_000, "disconnected")], pulse);
      if (browser === "webkitgtk") expect(disconnected).toBeNull();
      else expect(disconnected).not.toBeNull();
      expect(diagnose("failed", pulse, later.at)).not.toBeNull();
    },
  );
});

/** When packets of any stream last came. */
function lastGrowth(looks: Look[]): number {
  const count = ({ report, at }: Look) => readStats(report, at).packetsReceived;
  return looks.findLast((one, nth) => nth > 0 && count(one) > count(looks[nth - 1] as Look))?.at ?? 0;
}

describe("the shown statistics", () => {
  test.each(FLOWING)("has the way, the loss and the pictures: $browser", ({ browser, looks }) => {
    const seen = readStats(last(looks).report, 0);
    expect(seen.bytesReceived).toBeGreaterThan(0);
    expect(seen.packetsReceived).toBeGreaterThan(0);
    expect(seen.framesDecoded).toBeGreaterThan(0);
    expect(seen).toMatchObject({ relayed: false, candidateType: "host", state: "connected" });
    if (!browser.startsWith("webkitgtk")) expect(seen.roundTripMs).toBeGreaterThan(0);
  });

  test.each(FLOWING.filter(({ browser }) => /firefox/.test(browser)))("has the speakers: $browser", ({ looks }) => {
    expect(loudest(looks, (entry) => entry)).toBeGreaterThan(0.02);
    expect(loudest(looks, ({ audioLevel: _, ...entry }) => entry)).toBeGreaterThan(0.02);
    expect(loudest(looks, ({ audioLevel: _, totalAudioEnergy: __, ...entry }) => entry)).toBe(0);
  });
});

/** The loudest sound of all looks, when only so much is told of it. */
function loudest(looks: Look[], told: (entry: Entry) => Entry): number {
  const seen = looks.map(({ at, report }) => readStats(changed(report, told), at));
  return Math.max(...seen.map((now, nth) => loudness(seen[nth - 1], now)));
}

/** Ways in which a field is not what it should be. */
const FAULTS = ["absent", "zero", "NaN", "text", "constant", "back", "seesaw", "vanishes"] as const;
type Fault = (typeof FAULTS)[number];
const COUNTING: Record<string, string[]> = {
  "inbound-rtp": [
    "packetsReceived",
    "bytesReceived",
    "headerBytesReceived",
    "framesReceived",
    "framesDecoded",
    "lastPacketReceivedTimestamp",
  ],
  "remote-inbound-rtp": ["packetsReceived", "roundTripTimeMeasurements", "timestamp"],
  "remote-outbound-rtp": ["packetsSent", "bytesSent", "reportsSent", "remoteTimestamp", "timestamp"],
  transport: ["packetsReceived", "bytesReceived", "selectedCandidatePairId", "dtlsState", "iceState"],
  "candidate-pair": [
    "packetsReceived",
    "bytesReceived",
    "lastPacketReceivedTimestamp",
    "responsesReceived",
    "requestsReceived",
    "requestsSent",
    "consentRequestsSent",
    "selected",
    "nominated",
    "state",
  ],
};
const FIELDS = Object.entries(COUNTING).flatMap(([type, fields]) => fields.map((field) => `${type} ${field}`));
/** Any one of these that moves is enough. */
const ENOUGH = ["packetsReceived", "bytesReceived", "headerBytesReceived", "lastPacketReceivedTimestamp"];

function spoilt(value: unknown, fault: Fault, nth: number, from: number): unknown {
  if (fault === "absent" || (fault === "vanishes" && nth >= from)) return undefined;
  if (fault === "zero") return 0;
  if (fault === "NaN") return Number.NaN;
  if (fault === "text") return String(value);
  if (typeof value !== "number") return value;
  if (fault === "constant") return 1;
  if (fault === "back" && nth >= from) return value / 1e6;
  if (fault === "seesaw") return nth % 2 ? value : 0;
  return value;
}

/** A connection on which media flow for so many looks, made of what was recorded last and how fast it grew. */
function* flow(looks: Look[], count: number): Generator<Look> {
  const [one, other] = [looks.at(-5), looks.at(-1)];
  if (!one || !other) throw new Error("too little was recorded");
  const before = new Map(one.report as Iterable<[string, Entry]>);
  for (let nth = 0; nth < count; nth += 1) {
    const report = changed(other.report, (entry, id) => {
      const grown: Entry = { ...entry };
      for (const [field, value] of Object.entries(entry)) {
        const old = before.get(id)?.[field];
        const rate = typeof value === "number" && typeof old === "number" ? Math.max(0, value - old) : 0;
        if (rate > 0) grown[field] = (value as number) + (rate * nth) / 4;
      }
      return grown;
    });
    yield { at: nth * CHECK_EVERY_MS, state: "connected", report };
  }
}

describe("whatever a browser leaves out", () => {
  const browser = fc.constantFrom(...FLOWING.map((one) => one.browser));
  const faults = fc.dictionary(fc.constantFrom(...FIELDS), fc.constantFrom(...FAULTS), { maxKeys: FIELDS.length });
  const missing = fc.subarray(["transport", "candidate-pair", "remote-inbound-rtp", "remote-outbound-rtp"]);
  const from = fc.nat(40);
  /** Hundreds of made-up reports take their time on a busy machine. */
  const PATIENCE_MS = 60_000;

  function broken(looks: Iterable<Look>, wrong: Record<string, Fault>, gone: string[], begin: number): Look[] {
    return [...looks].map(({ at, state, report }, nth) => {
      const spoil = (entry: Entry) => {
        if (gone.includes(entry.type)) return null;
        for (const field of COUNTING[entry.type] ?? []) {
          const fault = wrong[`${entry.type} ${field}`];
          if (fault && field in entry) entry[field] = spoilt(entry[field], fault, nth, begin);
        }
        return entry;
      };
      return { at, state, report: changed(report, spoil) };
    });
  }

  test(
    "media that flow are never called silent, as long as one counter moves",
    () => {
      const kept = fc.constantFrom(...ENOUGH);
      fc.assert(
        fc.property(browser, faults, missing, from, kept, (name, wrong, gone, begin, field) => {
          const { [`inbound-rtp ${field}`]: _, ...others } = wrong;
          expect(diedAt(broken(flow(looksOf(name, "media"), 48), others, gone, begin))).toBeNull();
        }),
        { numRuns: 200 },
      );
    },
    PATIENCE_MS,
  );

  test(
    "nothing is called silent of which nothing is known",
    () => {
      const all = (fault: Fault) => Object.fromEntries(FIELDS.map((field) => [field, fault]));
      for (const name of BROWSERS.filter((one) => FLOWING.some(({ browser }) => browser === one)))
        for (const fault of FAULTS.filter((one) => one !== "back" && one !== "seesaw"))
          expect(diedAt(broken(flow(looksOf(name, "media"), 60), all(fault), [], 20))).toBeNull();
    },
    PATIENCE_MS,
  );

  test("reports that are no reports are read as empty", () => {
    const anything = fc.array(fc.tuple(fc.string(), fc.anything()), { maxLength: 8 });
    fc.assert(
      fc.property(anything, (report) => {
        const seen = readStats(report as Report, 0);
        for (const value of [seen.bytesReceived, seen.jitterMs, seen.roundTripMs, seen.audioLevel])
          expect(Number.isFinite(value)).toBe(true);
      }),
    );
  });

  test(
    "silence is seen by all that there is when it comes",
    () => {
      fc.assert(
        fc.property(browser, missing, (name, gone) => {
          const looks = broken(flow(looksOf(name, "media"), 2 * SILENT_SAMPLES), {}, gone, 0);
          const pulse = new Liveness();
          expect(diedAt(looks, pulse)).toBeNull();
          expect(diedAt([...silence(last(looks), 2 * SILENCE_MS)], pulse)).not.toBeNull();
        }),
      );
    },
    PATIENCE_MS,
  );
});
