import { useMutation, useQuery } from "convex/react";
import { useState } from "react";
import { api, messageOf, type SignInRow } from "../api/functions";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { dayAndClock } from "../ui/time";
import { deviceInWords } from "./browserInfo";
import "./SignIns.css";

const HOUR_MS = 3_600_000;

/** Where the user is signed in, and ending sign-ins that should not be there. */
export function SignIns({ onClose }: { onClose: () => void }) {
  const rows = useQuery(api.signIns, {});
  const endOne = useMutation(api.endSession);
  const endOthers = useMutation(api.endOtherSessions);
  const [news, setNews] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const end = (work: Promise<unknown>, words: string) => {
    setFault(null);
    work.then(
      () => setNews(words),
      (reason) => setFault(messageOf(reason)),
    );
  };
  const others = rows?.filter((row) => !row.current) ?? [];
  return (
    <Dialog title="Your sign-ins" onClose={onClose}>
      <p className="muted">Where you are signed in. End any sign-in that you do not recognise or no longer use.</p>
      {rows ? (
        <ul className="sign-ins">
          {rows.map((row) => (
            <Row
              key={row._id}
              row={row}
              onEnd={() => end(endOne({ sessionId: row._id }), `${deviceInWords(row)} was signed out.`)}
            />
          ))}
        </ul>
      ) : (
        <p className="muted">Looking…</p>
      )}
      {fault && (
        <p role="alert" className="alert bad">
          <Icon sign="alert" />
          <span>{fault}</span>
        </p>
      )}
      <p role="status" className="sr-only">
        {news}
      </p>
      <div className="row end">
        {others.length > 0 && (
          <button
            type="button"
            className="danger"
            onClick={() => end(endOthers({}), "You are signed out everywhere else.")}
          >
            End all others
          </button>
        )}
        <button type="button" className="primary" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

function Row({ row, onEnd }: { row: SignInRow; onEnd: () => void }) {
  const device = row.shared ? "All sign-ins through your provider" : deviceInWords(row);
  return (
    <li className="sign-in-row">
      <div className="sign-in-facts">
        <strong>{device}</strong>
        {row.current && <span className="tag good">This browser</span>}
        <span className="muted">{seenInWords(row)}</span>
      </div>
      {!row.current && (
        <button type="button" className="small" onClick={onEnd}>
          <span>
            End<span className="sr-only"> {device}</span>
          </span>
        </button>
      )}
    </li>
  );
}

function seenInWords({ createdAt, lastSeenAt }: SignInRow): string {
  const since = `Since ${dayAndClock(createdAt)}`;
  // The last use is rounded to the hour, and may precede the beginning.
  const seenAt = Math.max(createdAt, lastSeenAt);
  if (Date.now() - seenAt < 2 * HOUR_MS) return `${since}, seen in the last two hours`;
  return `${since}, last seen ${dayAndClock(seenAt)}`;
}
