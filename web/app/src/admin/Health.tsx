import { useAction, useQuery } from "convex/react";
import { useCallback, useEffect, useState } from "react";
import { messageOf } from "../api/functions";
import { Icon } from "../ui/Icon";
import { clock } from "../ui/time";
import { admin, type NodeHealth, type Service } from "./api";
import { count, ms, percent } from "./figures";
import { type Column, Table } from "./Table";
import { inWords, isSilent, partInWords, TONES, toneOfSilence, verdict } from "./verdict";

/** A node that has stopped has no figures. */
const figure = (cell: (node: NodeHealth) => string) => (node: NodeHealth) => (node.stopped ? "–" : cell(node));

const NODES: Column<NodeHealth>[] = [
  { label: "Node", cell: (node) => <code>{node.node.slice(-8)}</code> },
  { label: "Version", cell: (node) => node.version || "–" },
  { label: "Wrote", cell: (node) => <Wrote node={node} /> },
  { label: "Loop lag", cell: figure((node) => ms(node.lagMs)), numeric: true },
  { label: "Queue", cell: figure((node) => count(node.queued)), numeric: true },
  { label: "Processor", cell: figure((node) => percent(Math.round(node.cpu))), numeric: true },
  { label: "Memory", cell: figure((node) => percent(Math.round(node.memory))), numeric: true },
  { label: "Connections", cell: figure((node) => count(node.connections)), numeric: true },
  { label: "Live queries", cell: figure((node) => count(node.liveQueries)), numeric: true },
  { label: "Calls a minute", cell: figure((node) => count(node.requests)), numeric: true },
  { label: "Refused", cell: figure((node) => count(node.refused)), numeric: true },
];

/** The nodes, the parts of the server, and the services that it needs. */
export function Health() {
  const overview = useQuery(admin.overview, {});
  const slos = useQuery(admin.slos, {});
  const { parts, fault, busy, check } = useParts();
  const now = useNow();
  if (overview === undefined || slos === undefined) return <p role="status">Loading …</p>;
  const services = [...(parts ?? []), ...overview.services];
  const { tone, words, reasons } = verdict(overview.nodes, services, slos.slos, now);
  return (
    <>
      <p className={`alert ${tone}`} role="status">
        <span>
          <strong>{words}</strong>
          {reasons.length > 0 && `: ${reasons.join(", ")}`}
        </span>
      </p>
      <section className="card" aria-labelledby="nodes-heading">
        <h2 id="nodes-heading">Nodes</h2>
        <Table
          label="Nodes"
          columns={NODES}
          rows={overview.nodes}
          rowKey={(node) => node.node}
          rowTone={(node) => (node.stopped ? "gone" : undefined)}
          empty="No node has written yet. Nodes write every ten seconds."
        />
        <Meanings />
      </section>
      <section className="card" aria-labelledby="parts-heading">
        <div className="admin-head">
          <h2 id="parts-heading">Parts and services</h2>
          <button type="button" className="small" onClick={check} disabled={busy}>
            <Icon sign="repeat" />
            <span>Check again</span>
          </button>
        </div>
        {fault && <p role="alert">{fault}</p>}
        <Services services={services} />
        {parts === null && !fault && (
          <p role="status" className="muted">
            Checking …
          </p>
        )}
      </section>
    </>
  );
}

function Services({ services }: { services: Service[] }) {
  return (
    <ul className="services">
      {services.map((one) => (
        <li key={one.name}>
          <span className={`tag ${TONES[one.state] ?? ""}`}>{inWords(one.state)}</span>
          <span>
            <strong>{partInWords(one)}</strong>{" "}
            {partInWords(one) === inWords(one.name) && <span className="muted">{one.detail}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Wrote({ node }: { node: NodeHealth }) {
  const now = useNow();
  const at = clock(node.writtenAt);
  if (node.stopped) return <span className="tag">stopped at {at}</span>;
  if (!isSilent(node, now)) return <span>{at}</span>;
  return <span className={`tag ${toneOfSilence(node, now)}`}>silent since {at}</span>;
}

/** The words of this page that operators of other servers need not know. */
function Meanings() {
  return (
    <details className="muted">
      <summary>Meaning of the words</summary>
      <dl className="meanings">
        <dt>Loop lag</dt>
        <dd>How late the server begins work that is due. From 0.5 s on, it refuses less important calls.</dd>
        <dt>Queue</dt>
        <dd>Changes that wait to be written.</dd>
        <dt>Lease</dt>
        <dd>
          The registration of a node in the database, which it renews while it runs. Without it, the other nodes take
          over its clients.
        </dd>
        <dt>Silent</dt>
        <dd>
          The node has not written for 30 seconds, and did not stop in order: look at its log. It is an alarm for ten
          minutes.
        </dd>
      </dl>
    </details>
  );
}

/** The time, every ten seconds: a node falls silent without any news from the server. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function useParts() {
  const ask = useAction(admin.checkParts);
  const [parts, setParts] = useState<Service[] | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const check = useCallback(() => {
    setBusy(true);
    setFault(null);
    ask({})
      .then(setParts, (error: unknown) => setFault(messageOf(error)))
      .finally(() => setBusy(false));
  }, [ask]);
  useEffect(check, [check]);
  return { parts, fault, busy, check };
}
