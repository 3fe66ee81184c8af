/**
 * Statistics reports, read defensively: any entry and any field may be missing, and a field may hold anything.
 *
 * Browsers differ widely. Firefox has no `transport` before 153, and no counters in it before 154; WebKit on GStreamer
 * has candidate pairs without counters; `responsesReceived` stays 1 in Firefox while media flow.
 */

import type { Counters } from "../types";

export type Report = Iterable<[string, unknown]>;
export type Entry = Record<string, unknown> & { type: string };
export type Entries = ReadonlyMap<string, Entry>;
/** Media and reports about media. */
const PACKETS: Record<string, string[]> = {
  "inbound-rtp": [
    "packetsReceived",
    "bytesReceived",
    "headerBytesReceived",
    "framesReceived",
    "framesDecoded",
    "lastPacketReceivedTimestamp",
  ],
  "remote-inbound-rtp": ["packetsReceived", "roundTripTimeMeasurements"],
  "remote-outbound-rtp": ["packetsSent", "bytesSent", "reportsSent", "remoteTimestamp"],
  transport: ["packetsReceived", "bytesReceived"],
  "candidate-pair": ["packetsReceived", "bytesReceived", "lastPacketReceivedTimestamp"],
};
/** Connectivity checks, which continue when no member sends media. */
const CHECKS: Record<string, string[]> = { "candidate-pair": ["responsesReceived", "requestsReceived"] };
/** Checks that this side sends. */
const ASKED: Record<string, string[]> = { "candidate-pair": ["requestsSent", "consentRequestsSent"] };
/** Entries whose timestamp tells when the other side's report arrived, unless it equals the time of the sample. */
const REPORTS = ["remote-inbound-rtp", "remote-outbound-rtp"];

/** The longest wait for a report; after that the sample does without one. */
const REPORT_WITHIN_MS = 1_000;

/**
 * Return the report of a connection; empty if the browser gives none in time. Firefox never does on a closed
 * connection.
 */
export function reportOf(connection: RTCPeerConnection): Promise<Report> {
  if (connection.signalingState === "closed") return Promise.resolve([]);
  return new Promise((done) => {
    const timer = setTimeout(() => done([]), REPORT_WITHIN_MS);
    const asked = (async () => (await connection.getStats()) as unknown as Report)();
    asked.then(done, () => done([])).finally(() => clearTimeout(timer));
  });
}

export function entriesOf(report: Report): Entries {
  const found = new Map<string, Entry>();
  for (const [id, value] of report) {
    if (typeof value === "object" && value !== null && typeof (value as Entry).type === "string")
      found.set(String(id), value as Entry);
  }
  return found;
}

/** Return a finite number, or undefined for anything else. */
export function finite(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/**
 * Return the candidate pairs that carry the connection: one per transport, or the nominated ones if the browser names
 * none.
 */
export function pathsOf(entries: Entries): Entry[] {
  const all = [...entries.values()];
  const pairs = all.filter(({ type }) => type === "candidate-pair");
  const named = all.flatMap(({ type, selectedCandidatePairId }) =>
    type === "transport" ? (entries.get(String(selectedCandidatePairId)) ?? []) : [],
  );
  if (named.length > 0) return named;
  const selected = pairs.filter((pair) => pair.selected === true);
  if (selected.length > 0) return selected;
  const working = pairs.filter(({ state }) => state === "succeeded");
  const nominated = working.filter((pair) => pair.nominated === true);
  return (nominated.length > 0 ? nominated : working).sort((one, other) => weight(other) - weight(one)).slice(0, 1);
}

export type ReceivedCounters = { packets: Counters; checks: Counters; asked: Counters };

/** Return all counters of received traffic that the browser offers. */
export function receivedCounters(entries: Entries): ReceivedCounters {
  const paths = new Set(pathsOf(entries));
  const counting = [...entries].filter(
    ([, entry]) => entry.type !== "candidate-pair" || paths.size === 0 || paths.has(entry),
  );
  const packets = new Map([...counters(counting, PACKETS), ...reportTimes(counting)]);
  return { packets, checks: counters(counting, CHECKS), asked: counters(counting, ASKED) };
}

/** Whether a stream belongs to one of these lines or tracks: browsers name one, the other, or both. */
export function isOneOf(
  stream: Entry,
  entries: Entries,
  tracks: Iterable<string>,
  mids?: ReadonlySet<string>,
): boolean {
  const track = stream.trackIdentifier ?? entries.get(String(stream.trackId))?.trackIdentifier;
  return new Set(tracks).has(String(track)) || (mids?.has(String(stream.mid)) ?? false);
}

/** Derive the connection state from the transport, where only the report is available. */
export function transportState(entries: Entries): RTCPeerConnectionState | undefined {
  for (const { type, dtlsState, iceState } of entries.values()) {
    if (type !== "transport") continue;
    if (dtlsState === "closed" || iceState === "closed") return "closed";
    if (dtlsState === "failed" || iceState === "failed") return "failed";
    if (iceState === "disconnected") return "disconnected";
    if (dtlsState === "connected") return "connected";
  }
  return pathsOf(entries).some(({ state }) => state === "succeeded") ? "connected" : undefined;
}

function counters(entries: [string, Entry][], fields: Record<string, string[]>): Map<string, number> {
  const found = new Map<string, number>();
  for (const [id, entry] of entries) {
    for (const field of fields[entry.type] ?? []) {
      const value = finite(entry[field]);
      if (value !== undefined) found.set(`${field} ${id}`, value);
    }
  }
  return found;
}

/** The times at which reports of the other side arrived. */
function reportTimes(entries: [string, Entry][]): Map<string, number> {
  const isReport = ({ type }: Entry) => REPORTS.includes(type);
  const looked = entries.flatMap(([, entry]) => (isReport(entry) ? [] : (finite(entry.timestamp) ?? [])));
  const found = new Map<string, number>();
  for (const [id, entry] of entries) {
    const at = isReport(entry) ? finite(entry.timestamp) : undefined;
    if (at !== undefined && !looked.some((now) => Math.abs(now - at) < 1)) found.set(`timestamp ${id}`, at);
  }
  return found;
}

function weight(pair: Entry): number {
  return finite(pair.bytesReceived) ?? finite(pair.priority) ?? 0;
}
