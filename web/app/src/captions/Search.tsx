import { useQuery } from "convex/react";
import { useDeferredValue, useState } from "react";
import { api, nameOf } from "../api/functions";
import { Icon } from "../ui/Icon";
import { plain } from "../ui/text";
import { searched } from "./pages";

type Props = { meetingId: string; timeOf: (at: number) => string; onJump: (sequence: number) => void };

const MAX_LENGTH = 200;
/** The server returns no more. */
const MAX_HITS = 50;

/** Finds words, and leads to where they were said. */
export function Search({ meetingId, timeOf, onJump }: Props) {
  const [typed, setTyped] = useState("");
  const text = searched(useDeferredValue(typed));
  const hits = useQuery(api.findInTranscript, text === null ? "skip" : { meetingId, text });
  return (
    <search className="transcript-search">
      <span className="search-field">
        <Icon sign="search" />
        <input
          type="search"
          aria-label="Search in the transcript"
          placeholder="Search"
          maxLength={MAX_LENGTH}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || typed === "") return;
            event.stopPropagation();
            setTyped("");
          }}
        />
      </span>
      <p role="status" className="sr-only">
        {text !== null && hits && found(hits.length)}
      </p>
      {text !== null && hits && (
        <div className="search-hits">
          <p className="muted">{found(hits.length)}</p>
          <ul>
            {hits.map((hit) => (
              <li key={hit.segmentId}>
                <button type="button" className="quiet" onClick={() => onJump(hit.sequence)}>
                  <span className="muted">
                    {timeOf(hit.startMs)} <bdi>{nameOf(hit.speaker)}</bdi>
                  </span>
                  <span dir="auto">{plain(hit.snippet)}</span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </search>
  );
}

function found(count: number): string {
  if (count === 0) return "Nothing found";
  if (count >= MAX_HITS) return `The first ${MAX_HITS} places`;
  return count === 1 ? "Found once" : `Found in ${count} places`;
}
