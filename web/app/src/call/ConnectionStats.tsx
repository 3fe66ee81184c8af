import type { PeerView } from "@connvo/rtc";
import type { Quality as Grade, Session } from "../api/functions";
import { SidePanel } from "../ui/SidePanel";
import { Sparkline } from "./Sparkline";
import "./ConnectionStats.css";

type Props = {
  peers: PeerView[];
  sessionOf: (userId: string) => Session | undefined;
  nameOf: (userId: string) => string;
  online: boolean;
  onClose: () => void;
};

const GRADES: Record<Grade, string> = {
  excellent: "Excellent: sound and pictures arrive as they should.",
  good: "Good: sound and pictures arrive as they should.",
  fair: "Fair: pictures may stutter now and then.",
  poor: "Poor: sound or pictures may break up.",
};
const STATES: Record<Exclude<PeerView["health"], "connected">, string> = {
  connecting: "Connecting …",
  reconnecting: "Reconnecting …",
  lost: "The connection was lost. Trying again.",
};

/** The quality of every connection: in words, with the figures of the last two minutes below. */
export function ConnectionStats({ peers, sessionOf, nameOf, online, onClose }: Props) {
  return (
    <SidePanel title="Connection quality" onClose={onClose}>
      <div className="panel-body">
        <section className="quality">
          <h3>Server</h3>
          <p>{online ? "Connected." : "Not reachable. Trying again."}</p>
        </section>
        {peers.length === 0 && <p className="muted">Nobody else is here, so there is nothing to measure.</p>}
        {peers.map((peer) => (
          <section key={peer.userId} className="quality" aria-label={nameOf(peer.userId)}>
            <h3>
              <bdi>{nameOf(peer.userId)}</bdi>
            </h3>
            <p>{inWords(peer, sessionOf(peer.userId)?.connectionQuality)}</p>
            <Numbers peer={peer} />
          </section>
        ))}
        <p>
          <a href="/diagnostics" target="_blank" rel="noopener">
            Check my connection
          </a>
        </p>
      </div>
    </SidePanel>
  );
}

function inWords(peer: PeerView, grade: Grade | undefined): string {
  if (peer.health !== "connected") return STATES[peer.health];
  return grade ? GRADES[grade] : "Connected.";
}

function Numbers({ peer: { stats, trace } }: { peer: PeerView }) {
  return (
    <details>
      <summary>Numbers</summary>
      {stats?.candidateType && <p className="muted">Media go {stats.relayed ? "over a relay" : "directly"}.</p>}
      <Sparkline label="Bit rate" unit="kbit/s" values={trace.map((point) => point.bitrate / 1000)} />
      <Sparkline label="Loss" unit="%" values={trace.map((point) => point.packetLoss)} />
      <Sparkline label="Round trip" unit="ms" values={trace.map((point) => point.latency)} />
      <Sparkline label="Jitter" unit="ms" values={trace.map((point) => point.jitter)} />
    </details>
  );
}
