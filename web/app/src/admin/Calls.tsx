import { useQuery } from "convex/react";
import { useState } from "react";
import { Icon } from "../ui/Icon";
import { dayAndClock } from "../ui/time";
import { admin, type ConnectionEvent } from "./api";
import { type Column, Table } from "./Table";
import { HOUR_MS, Windows } from "./Windows";

const SHOWN: Column<ConnectionEvent>[] = [
  { label: "Time", cell: (event) => dayAndClock(event.at) },
  { label: "Event", cell: (event) => event.kind },
  { label: "Error", cell: (event) => event.errorType ?? "–" },
  { label: "Answer", cell: (event) => event.rung ?? "–" },
  { label: "Reason", cell: (event) => event.reason ?? "–" },
  { label: "Media by", cell: (event) => event.provider },
  { label: "Recovered after", cell: (event) => (event.seconds === undefined ? "–" : `${event.seconds.toFixed(1)} s`) },
];

/** Calls that failed and why, to the timeline of the single user. */
export function Calls() {
  const [windowMs, setWindow] = useState(HOUR_MS);
  const [chosen, setChosen] = useState<{ meetingId: string; userId: string } | null>(null);
  const failures = useQuery(admin.failures, { windowMs });
  const columns: Column<ConnectionEvent>[] = [
    ...SHOWN.filter(({ label }) => label !== "Event" && label !== "Recovered after"),
    {
      label: "User",
      cell: (event) => (
        <button type="button" className="quiet small" onClick={() => setChosen(event)}>
          <span>Timeline of {event.userId.slice(-6)}</span>
        </button>
      ),
    },
  ];
  return (
    <>
      {chosen && <Timeline of={chosen} onClose={() => setChosen(null)} />}
      <section className="card" aria-labelledby="failures-heading">
        <div className="admin-head">
          <h2 id="failures-heading">Failed connections</h2>
          <Windows chosen={windowMs} onChoose={setWindow} most={30} />
        </div>
        {failures === undefined ? (
          <p role="status">Loading …</p>
        ) : (
          <Table
            label="Failed connections"
            columns={columns}
            rows={failures}
            rowKey={(event) => `${event.userId} ${event.at}`}
            empty="No connection failed in this time."
          />
        )}
      </section>
    </>
  );
}

type TimelineProps = { of: { meetingId: string; userId: string }; onClose: () => void };

function Timeline({ of, onClose }: TimelineProps) {
  const events = useQuery(admin.timeline, { meetingId: of.meetingId, userId: of.userId });
  return (
    <section className="card" aria-labelledby="timeline-heading">
      <div className="admin-head">
        <h2 id="timeline-heading">Timeline of one user</h2>
        <button type="button" className="small" onClick={onClose}>
          <Icon sign="close" />
          <span>Close</span>
        </button>
      </div>
      <p className="muted">
        User <code>{of.userId}</code> in meeting <code>{of.meetingId}</code>
      </p>
      <Table
        label="Timeline of one user"
        columns={SHOWN}
        rows={events ?? []}
        rowKey={(event) => `${event.kind} ${event.at}`}
        empty={events === undefined ? "Loading …" : "Nothing is kept of this user."}
      />
    </section>
  );
}
