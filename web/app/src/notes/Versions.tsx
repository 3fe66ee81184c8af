import { useMutation, usePaginatedQuery, useQuery } from "convex/react";
import { useState } from "react";
import { api, messageOf, nameOf, type Revision } from "../api/functions";
import { Confirm } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { dayAndClock } from "../ui/time";
import { Reading } from "./Reading";

const PAGE = 20;

type Props = { meetingId: string; canManage: boolean; onBack: () => void; onRestored: () => void };

/** Earlier versions of the notes, the newest first. Hosts can restore one. */
export function Versions({ meetingId, canManage, onBack, onRestored }: Props) {
  const [shown, setShown] = useState<Revision | null>(null);
  if (shown) {
    return (
      <Version
        meetingId={meetingId}
        revision={shown}
        canManage={canManage}
        onBack={() => setShown(null)}
        onRestored={onRestored}
      />
    );
  }
  return <VersionList meetingId={meetingId} onBack={onBack} onChoose={setShown} />;
}

type ListProps = { meetingId: string; onBack: () => void; onChoose: (revision: Revision) => void };

function VersionList({ meetingId, onBack, onChoose }: ListProps) {
  const { results, status, loadMore } = usePaginatedQuery(api.noteRevisions, { meetingId }, { initialNumItems: PAGE });
  return (
    <>
      <Head title="Earlier versions" onBack={onBack} />
      <div className="notes-scroll">
        {status === "LoadingFirstPage" && <p className="muted">Loading …</p>}
        {status !== "LoadingFirstPage" && results.length === 0 && (
          <p className="muted">There is none yet. A version is kept a few minutes after somebody has written.</p>
        )}
        <ul className="versions">
          {results.map((revision) => (
            <li key={revision.sequence}>
              <button type="button" className="quiet" onClick={() => onChoose(revision)}>
                <span className="version">
                  <strong>
                    <time dateTime={new Date(revision.at).toISOString()}>{dayAndClock(revision.at)}</time>
                  </strong>
                  <span className="muted">{authorsOf(revision)}</span>
                </span>
                <Amount revision={revision} />
              </button>
            </li>
          ))}
        </ul>
        {status === "CanLoadMore" && (
          <button type="button" className="small" onClick={() => loadMore(PAGE)}>
            Older versions
          </button>
        )}
      </div>
    </>
  );
}

function Amount({ revision: { added, removed } }: { revision: Revision }) {
  return (
    <span className="amount">
      <span className="sr-only">
        {added} characters added, {removed} removed
      </span>
      <span aria-hidden="true">
        +{added} −{removed}
      </span>
    </span>
  );
}

function authorsOf({ authors }: Revision): string {
  return new Intl.ListFormat("en").format(authors.map(nameOf)) || "Nobody";
}

type VersionProps = Omit<Props, "onRestored"> & { revision: Revision; onRestored: () => void };

function Version({ meetingId, revision, canManage, onBack, onRestored }: VersionProps) {
  const found = useQuery(api.noteRevision, { meetingId, sequence: revision.sequence });
  const restore = useMutation(api.restoreNotes);
  const [asking, setAsking] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const when = dayAndClock(revision.at);
  return (
    <>
      <Head title={when} onBack={onBack} />
      <div className="notes-scroll">
        {found === undefined && <p className="muted">Loading …</p>}
        {found && found.content.trim() === "" && <p className="muted">The notes were empty.</p>}
        {found && <Reading text={found.content} />}
      </div>
      {canManage && (
        <div className="notes-actions">
          {fault && <p role="alert">{fault}</p>}
          <button type="button" className="primary" onClick={() => setAsking(true)}>
            Restore this version
          </button>
        </div>
      )}
      {asking && (
        <Confirm
          title="Restore this version?"
          text={`The notes become as they were on ${when}, for everyone. The present text stays among the versions.`}
          yes="Restore"
          onYes={() =>
            void restore({ meetingId, targetSequence: revision.sequence }).then(onRestored, (reason) =>
              setFault(messageOf(reason)),
            )
          }
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

function Head({ title, onBack }: { title: string; onBack: () => void }) {
  return (
    <div className="notes-bar">
      <button type="button" className="quiet small" onClick={onBack}>
        <Icon sign="previous" />
        Back
      </button>
      <h3>{title}</h3>
    </div>
  );
}
