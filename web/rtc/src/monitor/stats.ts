/** Figures from getStats, as differences between two samples. */

import type { Sample, StatsSnapshot } from "../types";
import {
  type Entries,
  type Entry,
  entriesOf,
  finite,
  pathsOf,
  type Report,
  receivedCounters,
  transportState,
} from "./report";

export const TRACE_POINTS = 120;

/** Read a report, for all streams or only those accepted by `mine`. */
export function readStats(
  report: Report,
  at: number,
  mine?: (stream: Entry, entries: Entries) => boolean,
): StatsSnapshot {
  const entries = entriesOf(report);
  const all = [...entries.values()];
  const streams = all.filter((entry) => entry.type === "inbound-rtp" && (mine?.(entry, entries) ?? true));
  const sum = (field: string) => streams.reduce((total, stream) => total + Math.max(0, finite(stream[field]) ?? 0), 0);
  const most = (field: string) => Math.max(0, ...streams.map((stream) => finite(stream[field]) ?? 0));
  return {
    at,
    bytesReceived: sum("bytesReceived"),
    packetsReceived: sum("packetsReceived"),
    packetsLost: sum("packetsLost"),
    framesDecoded: sum("framesDecoded"),
    jitterMs: most("jitter") * 1000,
    audioLevel: most("audioLevel"),
    sound: soundOf(streams),
    ...pathOf(entries, all),
    state: transportState(entries),
    ...receivedCounters(entries),
  };
}

type Path = Pick<StatsSnapshot, "roundTripMs" | "availableBitrate" | "relayed" | "candidateType">;

function pathOf(entries: Entries, all: Entry[]): Path {
  const [pair] = pathsOf(entries);
  const ends = [entries.get(String(pair?.localCandidateId)), entries.get(String(pair?.remoteCandidateId))];
  const relayed = ends.some((end) => end?.candidateType === "relay");
  const local = ends[0]?.candidateType;
  return {
    roundTripMs: (finite(pair?.currentRoundTripTime) || reportedRoundTrip(all)) * 1000,
    availableBitrate: finite(pair?.availableOutgoingBitrate),
    relayed,
    candidateType: relayed ? "relay" : typeof local === "string" ? local : "",
  };
}

/** The round trip in seconds, as reported by the receivers of this side's media. */
function reportedRoundTrip(all: Entry[]): number {
  const told = all.filter(({ type }) => type === "remote-inbound-rtp" || type === "remote-outbound-rtp");
  return Math.max(0, ...told.map((entry) => finite(entry.roundTripTime) ?? 0));
}

function soundOf(streams: Entry[]): StatsSnapshot["sound"] {
  const told = streams.filter((stream) => finite(stream.totalAudioEnergy) !== undefined);
  if (told.length === 0) return undefined;
  return told.reduce<{ energy: number; seconds: number }>(
    ({ energy, seconds }, { totalAudioEnergy, totalSamplesDuration }) => ({
      energy: energy + (finite(totalAudioEnergy) ?? 0),
      seconds: Math.max(seconds, finite(totalSamplesDuration) ?? 0),
    }),
    { energy: 0, seconds: 0 },
  );
}

/** Return the sample with the audio level of these receivers, where the report has none. */
export function withLevel(seen: StatsSnapshot, receivers: RTCRtpReceiver[]): StatsSnapshot {
  if (seen.audioLevel > 0 || seen.sound) return seen;
  const sources = receivers.flatMap((receiver) => receiver.getSynchronizationSources?.() ?? []);
  return { ...seen, audioLevel: Math.max(0, ...sources.map(({ audioLevel }) => finite(audioLevel) ?? 0)) };
}

/**
 * Return the loudness: the present level or the average since the previous sample, whichever is available and louder.
 */
export function loudness(before: StatsSnapshot | undefined, now: StatsSnapshot): number {
  const seconds = (now.sound?.seconds ?? 0) - (before?.sound?.seconds ?? 0);
  const energy = (now.sound?.energy ?? 0) - (before?.sound?.energy ?? 0);
  const mean = before?.sound && seconds > 0 && energy > 0 ? Math.sqrt(energy / seconds) : 0;
  return Math.max(now.audioLevel, mean);
}

/** Return the difference of two samples. A counter that went back belongs to a new connection and counts from zero. */
export function sample(before: StatsSnapshot, now: StatsSnapshot): Sample {
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

/** Return the worst value of each field: a session is as good as its worst peer. */
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

/** The running mean of samples. */
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
