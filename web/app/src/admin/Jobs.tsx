import { useMutation, useQuery } from "convex/react";
import { useState } from "react";
import { messageOf } from "../api/functions";
import { Icon } from "../ui/Icon";
import { dayAndClock } from "../ui/time";
import { admin, type JobRow, type JobState } from "./api";
import { Breakable } from "./Breakable";
import { count } from "./figures";
import { type Column, Table } from "./Table";

const STATES: { state: JobState; words: string }[] = [
  { state: "failed", words: "Failed" },
  { state: "pending", words: "Waiting" },
  { state: "running", words: "Running" },
];

/** Jobs that failed, wait or run; a failed one is tried again by a click. */
export function Jobs() {
  const [state, setState] = useState<JobState>("failed");
  const found = useQuery(admin.jobs, { state });
  const retry = useMutation(admin.retryJob);
  const [said, setSaid] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const again = (job: JobRow) => {
    setSaid("");
    setFault(null);
    setBusy((jobs) => new Set(jobs).add(job._id));
    retry({ jobId: job._id })
      .then(
        () => setSaid(`${job.path} runs again.`),
        (error: unknown) => setFault(messageOf(error)),
      )
      .finally(() => setBusy((jobs) => new Set([...jobs].filter((id) => id !== job._id))));
  };
  const columns: Column<JobRow>[] = [
    { label: "Function", cell: (job) => <Breakable text={job.path} /> },
    { label: state === "failed" ? "Failed" : "Due", cell: (job) => dayAndClock(job.runAt) },
  ];
  if (state === "failed") {
    columns.push(
      { label: "Reason", cell: (job) => job.reason ?? "–" },
      {
        label: "Action",
        cell: (job) => (
          <button type="button" className="small" disabled={busy.has(job._id)} onClick={() => again(job)}>
            <Icon sign="repeat" />
            <span>Try again</span>
          </button>
        ),
      },
    );
  }
  return (
    <>
      <section className="card" aria-labelledby="jobs-heading">
        <h2 id="jobs-heading">Jobs</h2>
        <fieldset className="row choices">
          <legend className="sr-only">Jobs shown</legend>
          {STATES.map((one) => (
            <button
              key={one.state}
              type="button"
              className="small"
              aria-pressed={one.state === state}
              onClick={() => setState(one.state)}
            >
              {one.words} {found && count(found.counts[one.state])}
            </button>
          ))}
        </fieldset>
        {fault && <p role="alert">{fault}</p>}
        <p role="status" className="muted">
          {said}
        </p>
        <Table
          label="Jobs"
          columns={columns}
          rows={found?.jobs ?? []}
          rowKey={(job) => job._id}
          empty={found === undefined ? "Loading …" : "There is none."}
        />
      </section>
      <section className="card" aria-labelledby="periodic-heading">
        <h2 id="periodic-heading">Periodic work</h2>
        <Table
          label="Periodic work"
          columns={[
            { label: "Function", cell: (job) => <Breakable text={job.path} /> },
            { label: "Next run", cell: (job) => dayAndClock(job.nextAt) },
          ]}
          rows={found?.periodic ?? []}
          rowKey={(job) => job.path}
          empty="Loading …"
        />
      </section>
    </>
  );
}
