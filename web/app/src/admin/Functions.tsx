import { useQuery } from "convex/react";
import { useState } from "react";
import { admin, type Bucket, type FunctionRow, type Slo, type SloStatus } from "./api";
import { budgetLeft, count, evenly, ms, percent } from "./figures";
import { Plot } from "./Plot";
import { type Column, Table } from "./Table";
import { HOUR_MS, Windows } from "./Windows";

const TONES = { healthy: "good", warning: "fair", critical: "bad" } as const;
const MINUTE_MS = 60_000;
const BUCKETS = 60;
/** On a phone each function is a card: all of them would be a page of many screens. */
const FIRST_FUNCTIONS = 20;

const OBJECTIVES: Column<Slo>[] = [
  { label: "Objective", cell: (slo) => slo.description },
  { label: "State", cell: (slo) => <span className={`tag ${TONES[slo.status]}`}>{slo.status}</span> },
  { label: "Good", cell: (slo) => percent(slo.current), numeric: true },
  { label: "Target", cell: (slo) => percent(slo.target), numeric: true },
  { label: "Bad events", cell: (slo) => count(slo.breachCount), numeric: true },
  { label: "Error budget left", cell: (slo) => <Budget slo={slo} />, numeric: true },
];

/** Latency and error budgets of functions, with plots over time. */
export function Functions() {
  const slos = useQuery(admin.slos, {});
  const [windowMs, setWindow] = useState(HOUR_MS);
  const [chosen, setChosen] = useState<string | null>(null);
  const [all, setAll] = useState(false);
  const breakdown = useQuery(admin.breakdown, { timeWindowMs: windowMs });
  const functions = breakdown?.functions ?? [];
  const rows: Column<FunctionRow>[] = [
    {
      label: "Function",
      cell: ({ functionName }) => (
        <button
          type="button"
          className="quiet small function-name"
          aria-pressed={functionName === chosen}
          onClick={() => setChosen(functionName === chosen ? null : functionName)}
        >
          {functionName}
        </button>
      ),
    },
    { label: "Calls", cell: (one) => count(one.callCount), numeric: true },
    { label: "Succeeded", cell: (one) => percent(one.successRate), numeric: true },
    { label: "Mean", cell: (one) => ms(one.avgExecutionTime), numeric: true },
    { label: "95th percentile", cell: (one) => ms(one.p95ExecutionTime), numeric: true },
    { label: "99th percentile", cell: (one) => ms(one.p99ExecutionTime), numeric: true },
    {
      label: "Within limits",
      cell: (one) => (
        <span className={`tag ${one.sloCompliant ? "good" : "bad"}`}>{one.sloCompliant ? "yes" : "no"}</span>
      ),
    },
  ];
  return (
    <>
      <section className="card" aria-labelledby="objectives-heading">
        <h2 id="objectives-heading">Objectives, last 30 days</h2>
        {slos === undefined ? <p role="status">Loading …</p> : <Objectives found={slos} />}
      </section>
      <section className="card" aria-labelledby="functions-heading">
        <div className="admin-head">
          <h2 id="functions-heading">Functions</h2>
          <Windows chosen={windowMs} onChoose={setWindow} most={30} />
        </div>
        <Curves windowMs={windowMs} functionName={chosen} />
        <p className="muted">Choose a function to see its curves alone.</p>
        <Table
          label="Functions"
          columns={rows}
          rows={all ? functions : functions.slice(0, FIRST_FUNCTIONS)}
          rowKey={(one) => one.functionName}
          empty={breakdown === undefined ? "Loading …" : "No function was called in this time."}
        />
        {!all && functions.length > FIRST_FUNCTIONS && (
          <button type="button" onClick={() => setAll(true)}>
            Show all {functions.length} functions
          </button>
        )}
      </section>
    </>
  );
}

function Objectives({ found }: { found: SloStatus }) {
  return (
    <>
      {found.alerts.map((alert) => (
        <p key={alert.sloName} className="alert bad">
          <span>
            <strong>{alert.sloName.replace("_", " ")}</strong>: {alert.message}
          </span>
        </p>
      ))}
      <Table
        label="Objectives"
        columns={OBJECTIVES}
        rows={found.slos}
        rowKey={(slo) => slo.name}
        empty="Nothing was measured yet."
      />
    </>
  );
}

function Budget({ slo }: { slo: Slo }) {
  const left = budgetLeft(slo.target, slo.current);
  return (
    <span className="budget">
      <meter min={0} max={100} low={20} optimum={100} value={left} aria-label={`Error budget of ${slo.name}`} />
      {percent(Math.round(left))}
    </span>
  );
}

type CurvesProps = { windowMs: number; functionName: string | null };

function Curves({ windowMs, functionName }: CurvesProps) {
  const bucketSizeMs = Math.max(MINUTE_MS, Math.round(windowMs / BUCKETS / MINUTE_MS) * MINUTE_MS);
  const args = { timeWindowMs: windowMs, bucketSizeMs, ...(functionName !== null && { functionName }) };
  const found = useQuery(admin.trends, args);
  if (found === undefined) return <p role="status">Loading …</p>;
  const { timeSeries: buckets, trends } = found;
  const [first, last] = [buckets[0], buckets.at(-1)];
  if (first === undefined || last === undefined) return <p className="muted">No call was measured in this time.</p>;
  const over = (value: (bucket: Bucket) => number) => evenly(buckets, bucketSizeMs, value);
  const times = { from: first.timestamp, to: last.timestamp };
  return (
    <div className="plots">
      <Plot
        title="Latency"
        unit={ms}
        lines={[
          { name: "95th percentile", tone: "accent", values: over((bucket) => bucket.p95Latency) },
          { name: "mean", tone: "muted", values: over((bucket) => bucket.avgLatency) },
        ]}
        {...times}
      />
      <Plot
        title="Calls"
        unit={(value) => count(Math.round(value))}
        lines={[
          { name: "all", tone: "accent", values: over((bucket) => bucket.callCount) },
          { name: "failed", tone: "danger", values: over((bucket) => bucket.errorCount) },
        ]}
        {...times}
      />
      <p className="muted">
        Latency is {trends.latencyTrend}, throughput {trends.throughputTrend}, the share of errors {trends.errorTrend}.
      </p>
    </div>
  );
}
