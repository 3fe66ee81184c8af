/** Numbers out of getStats, as differences between two looks. */

import type { Sample } from "./signalling";

/**
 * What one look at a connection sees, added up over its streams. `packets` counts everything that the other side sent,
 * reports too; `checks` the answers to connectivity checks, which go on when nobody sends any media.
 */
export type Look = {
  at: number;
  bytesReceived: number;
  packetsReceived: number;
  packetsLost: number;
  framesDecoded: number;
  jitterMs: number;
  roundTripMs: number;
  relayed: boolean;
  /** The kind of way that this side takes, as ICE names it; empty while there is none. */
  candidateType: string;
  audioLevel: number;
  availableBitrate: number;
  packets: number;
  checks: number;
};

/** One point of the curves that a person sees. */
export type Trace = Sample & { at: number };

export const TRACE_POINTS = 120;

export type Entry = Record<string, number | string | undefined> & { type: string };

function empty(at: number): Look {
  return {
    at,
    bytesReceived: 0,
    packetsReceived: 0,
    packetsLost: 0,
    framesDecoded: 0,
    jitterMs: 0,
    roundTripMs: 0,
    relayed: false,
    candidateType: "",
    audioLevel: 0,
    availableBitrate: 0,
    packets: 0,
    checks: 0,
  };
}

/** What a report says, of all streams or of `mine` alone. */
export function look(report: Iterable<[string, unknown]>, at: number, mine?: (stream: Entry) => boolean): Look {
  const seen = empty(at);
  const byId = new Map<string, Entry>();
  for (const [id, value] of report) byId.set(id, value as Entry);
  for (const entry of byId.values()) {
    if (entry.type === "inbound-rtp" && (mine?.(entry) ?? true)) addStream(seen, entry);
    if (entry.type === "transport") addTransport(seen, entry, byId);
  }
  return seen;
}

function addStream(seen: Look, entry: Entry): void {
  seen.bytesReceived += number(entry.bytesReceived);
  seen.packetsReceived += number(entry.packetsReceived);
  seen.packetsLost += Math.max(0, number(entry.packetsLost));
  seen.framesDecoded += number(entry.framesDecoded);
  seen.jitterMs = Math.max(seen.jitterMs, number(entry.jitter) * 1000);
  seen.audioLevel = Math.max(seen.audioLevel, number(entry.audioLevel));
}

function addTransport(seen: Look, entry: Entry, byId: Map<string, Entry>): void {
  seen.packets += number(entry.packetsReceived);
  const pair = byId.get(String(entry.selectedCandidatePairId));
  if (!pair) return;
  seen.checks += number(pair.responsesReceived);
  seen.roundTripMs = number(pair.currentRoundTripTime) * 1000;
  seen.availableBitrate = number(pair.availableOutgoingBitrate);
  const ends = [byId.get(String(pair.localCandidateId)), byId.get(String(pair.remoteCandidateId))];
  seen.relayed = ends.some((end) => end?.candidateType === "relay");
  seen.candidateType = seen.relayed ? "relay" : String(ends[0]?.candidateType ?? "");
}

function number(value: number | string | undefined): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

/** The sample between two looks. A counter that went back belongs to a new connection, and counts from zero. */
export function sample(before: Look, now: Look): Sample {
  const seconds = Math.max((now.at - before.at) / 1000, 0.001);
  const received = Math.max(0, now.packetsReceived - before.packetsReceived);
  const lost = Math.max(0, now.packetsLost - before.packetsLost);
  return {
    bitrate: (Math.max(0, now.bytesReceived - before.bytesReceived) * 8) / seconds,
    packetLoss: received + lost === 0 ? 0 : (100 * lost) / (received + lost),
    latency: now.roundTripMs,
    jitter: now.jitterMs,
  };
}

/** The worst of several samples, value by value: a session is as good as its worst peer. */
export function worst(samples: Sample[]): Sample | undefined {
  const [first, ...rest] = samples;
  return (
    first &&
    rest.reduce<Sample>(
      (all, one) => ({
        bitrate: Math.min(all.bitrate, one.bitrate),
        packetLoss: Math.max(all.packetLoss, one.packetLoss),
        latency: Math.max(all.latency, one.latency),
        jitter: Math.max(all.jitter, one.jitter),
      }),
      first,
    )
  );
}

/** The mean of the samples it was given. */
export class Average {
  value: Sample | null = null;
  private count = 0;
  private sum: Sample = { bitrate: 0, packetLoss: 0, latency: 0, jitter: 0 };

  add(one: Sample): void {
    this.count += 1;
    this.sum = combine(this.sum, one, (a, b) => a + b);
    this.value = combine(this.sum, this.sum, (a) => a / this.count);
  }
}

function combine(a: Sample, b: Sample, how: (a: number, b: number) => number): Sample {
  return {
    bitrate: how(a.bitrate, b.bitrate),
    packetLoss: how(a.packetLoss, b.packetLoss),
    latency: how(a.latency, b.latency),
    jitter: how(a.jitter, b.jitter),
  };
}
