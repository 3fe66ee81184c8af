import type { PeerView } from "../rtc";
import { Curve } from "./Curve";
import { SidePanel } from "./SidePanel";

type Props = { peers: PeerView[]; nameOf: (userId: string) => string; online: boolean; onClose: () => void };

/** How every connection is, now and over the last two minutes. */
export function Connections({ peers, nameOf, online, onClose }: Props) {
  return (
    <SidePanel title="Connections" onClose={onClose}>
      <p>
        Server: <strong>{online ? "connected" : "not reachable, trying again"}</strong>
      </p>
      <p>
        <a href="/diagnostics" target="_blank" rel="noopener opener">
          Check my connection
        </a>
      </p>
      {peers.length === 0 && <p className="muted">Nobody else is here: there is nothing to measure.</p>}
      {peers.map((peer) => (
        <section key={peer.userId} className="connection" aria-label={nameOf(peer.userId)}>
          <h3>{nameOf(peer.userId)}</h3>
          <p className="muted">
            {peer.health}
            {peer.look?.candidateType && (peer.look.relayed ? ", over a relay" : ", directly")}
          </p>
          <Curve label="Bitrate" unit="kbit/s" values={peer.trace.map((point) => point.bitrate / 1000)} />
          <Curve label="Loss" unit="%" values={peer.trace.map((point) => point.packetLoss)} />
          <Curve label="Round trip" unit="ms" values={peer.trace.map((point) => point.latency)} />
          <Curve label="Jitter" unit="ms" values={peer.trace.map((point) => point.jitter)} />
        </section>
      ))}
    </SidePanel>
  );
}
