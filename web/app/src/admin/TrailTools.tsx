import { useConvex, useMutation, useQuery } from "convex/react";
import type { FunctionArgs } from "convex/server";
import { useState } from "react";
import { messageOf } from "../api/functions";
import { saveFile } from "../ui/files";
import { Icon } from "../ui/Icon";
import { dayAndClock } from "../ui/time";
import { admin, type ExportFormat, type TrailVerdict } from "./api";
import { trailText } from "./exportTrail";
import { count } from "./figures";

const FORMATS: { format: ExportFormat; words: string }[] = [
  { format: "jsonl", words: "JSON Lines, as sealed" },
  { format: "csv", words: "CSV, for spreadsheets" },
  { format: "ocsf", words: "OCSF, for security monitoring" },
];

const FILES: Record<ExportFormat, [name: string, type: string]> = {
  jsonl: ["audit.jsonl", "application/jsonl"],
  csv: ["audit.csv", "text/csv"],
  ocsf: ["audit.ocsf.jsonl", "application/jsonl"],
};

/** The check of the whole trail, and its export to a file. Both are recorded in it. */
export function TrailTools() {
  return (
    <div className="trail-tools">
      <TrailCheck />
      <TrailExport />
    </div>
  );
}

function TrailCheck() {
  const last = useQuery(admin.lastCheck, {});
  const begin = useMutation(admin.beginCheck);
  const [head, setHead] = useState("");
  const [asked, setAsked] = useState<number | null | undefined>();
  const [fault, setFault] = useState<string | null>(null);
  // The result of the check that was asked for is newer than the one shown then.
  const busy = asked !== undefined && (last?.checkedAt ?? null) === asked;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setFault(null);
        setAsked(last?.checkedAt ?? null);
        begin(head.trim() ? { head: head.trim() } : {}).catch((error: unknown) => {
          setAsked(undefined);
          setFault(messageOf(error));
        });
      }}
    >
      <h3>Check</h3>
      <label>
        Known seal, as number:hash (optional)
        <input value={head} onChange={(event) => setHead(event.target.value)} spellCheck={false} />
      </label>
      <button type="submit" disabled={busy || last === undefined}>
        <Icon sign="shield" />
        <span>{busy ? "Checking …" : "Check the trail"}</span>
      </button>
      {fault && <p role="alert">{fault}</p>}
      <div role="status">{last && !busy && <Verdict verdict={last} />}</div>
    </form>
  );
}

function Verdict({ verdict }: { verdict: TrailVerdict }) {
  const when = `Checked ${dayAndClock(verdict.checkedAt)}.`;
  if (verdict.fault) {
    return (
      <p className="alert bad">
        <span>
          <strong>The trail was altered: {verdict.fault.replaceAll("_", " ")}</strong> at <code>{verdict.at}</code>.{" "}
          {when}
        </span>
      </p>
    );
  }
  const unsigned = verdict.unsigned > 0 ? `, ${count(verdict.unsigned)} of them not signed` : "";
  return (
    <>
      <p className="alert good">
        <span>
          <strong>The trail is whole:</strong> {count(verdict.rows)} rows in {count(verdict.seals)} seals{unsigned};{" "}
          {count(verdict.unsealed)} rows are too new for a seal. {when}
        </span>
      </p>
      {verdict.head && (
        <p className="muted">
          Newest seal, to keep elsewhere: <code>{verdict.head}</code>
        </p>
      )}
    </>
  );
}

function TrailExport() {
  const convex = useConvex();
  const [format, setFormat] = useState<ExportFormat>("jsonl");
  const [rows, setRows] = useState<number | null>(null);
  const [said, setSaid] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const save = async () => {
    setFault(null);
    setSaid("");
    setRows(0);
    try {
      const ask = (args: FunctionArgs<typeof admin.exportPage>) => convex.query(admin.exportPage, args);
      const { texts, rows } = await trailText(ask, format, setRows);
      saveFile(...FILES[format], texts.join(""));
      setSaid(`Exported ${count(rows)} rows.`);
    } catch (error) {
      setFault(messageOf(error));
    } finally {
      setRows(null);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <h3>Export</h3>
      <label>
        Format
        <select value={format} onChange={(event) => setFormat(event.target.value as ExportFormat)}>
          {FORMATS.map((one) => (
            <option key={one.format} value={one.format}>
              {one.words}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" disabled={rows !== null}>
        <Icon sign="download" />
        <span>{rows === null ? "Export all rows" : `${count(rows)} rows …`}</span>
      </button>
      {fault && <p role="alert">{fault}</p>}
      <p role="status" className="muted">
        {said}
      </p>
    </form>
  );
}
