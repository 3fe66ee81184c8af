import { usePaginatedQuery, useQuery } from "convex/react";
import { useState } from "react";
import { dayAndClock } from "../ui/time";
import { type AuditEntry, type AuditFilters, admin } from "./api";
import { Breakable } from "./Breakable";
import { type Column, Table } from "./Table";
import { TrailTools } from "./TrailTools";

const PAGE = 50;
const FIELDS: { name: keyof AuditFilters; words: string }[] = [
  { name: "action", words: "Action" },
  { name: "resourceType", words: "Resource" },
  { name: "resourceId", words: "Id of the resource" },
  { name: "actorUserId", words: "Id of the user" },
];
const COLUMNS: Column<AuditEntry>[] = [
  { label: "Time", cell: (row) => dayAndClock(row.timestamp) },
  { label: "Action", cell: (row) => <Breakable text={row.action} /> },
  { label: "By", cell: (row) => (row.actorUserId === undefined ? "the server" : <Actor id={row.actorUserId} />) },
  {
    label: "Resource",
    cell: (row) => (
      <span>
        {row.resourceType} <code>{row.resourceId}</code>
      </span>
    ),
  },
  {
    label: "Outcome",
    cell: (row) => (
      <span className={`tag ${row.outcome === "denied" ? "bad" : "good"}`}>{row.outcome ?? "success"}</span>
    ),
  },
  { label: "Details", cell: (row) => <span className="breaks">{details(row.metadata)}</span> },
];

/** The audit trail with its filters, which all hold together. Reading it is recorded in it. */
export function Audit() {
  const [draft, setDraft] = useState<AuditFilters>({});
  const [filters, setFilters] = useState<AuditFilters>({});
  const actions = useQuery(admin.actions, {});
  const { results, status, loadMore } = usePaginatedQuery(admin.audit, filters, { initialNumItems: PAGE });
  return (
    <section className="card" aria-labelledby="audit-heading">
      <h2 id="audit-heading">Audit trail</h2>
      <search>
        <form
          className="row admin-search"
          onSubmit={(event) => {
            event.preventDefault();
            setFilters(given(draft));
          }}
        >
          {FIELDS.map(({ name, words }) => (
            <label key={name}>
              {words}
              <input
                value={draft[name] ?? ""}
                list={name === "action" ? "audit-actions" : undefined}
                onChange={(event) => setDraft({ ...draft, [name]: event.target.value })}
              />
            </label>
          ))}
          <datalist id="audit-actions">
            {actions?.map((action) => (
              <option key={action} value={action} />
            ))}
          </datalist>
          <button type="submit" className="primary">
            Filter
          </button>
        </form>
      </search>
      <Table
        label="Audit trail"
        columns={COLUMNS}
        rows={results}
        rowKey={(row) => row._id}
        empty={status === "LoadingFirstPage" ? "Loading …" : "No row matches on this page."}
      />
      {status === "CanLoadMore" && (
        <button type="button" onClick={() => loadMore(PAGE)}>
          Show older rows
        </button>
      )}
      <TrailTools />
    </section>
  );
}

/** The name of a user, where there is one. Rows of the same user share the question. */
function Actor({ id }: { id: string }) {
  const name = useQuery(admin.findUsers, { text: id })?.[0]?.displayName;
  return name ? <bdi title={id}>{name}</bdi> : <code>{id}</code>;
}

function given(draft: AuditFilters): AuditFilters {
  return Object.fromEntries(Object.entries(draft).filter(([, text]) => text?.trim()));
}

function details(metadata: AuditEntry["metadata"]): string {
  return Object.entries(metadata)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}: ${value}`)
    .join(", ");
}
