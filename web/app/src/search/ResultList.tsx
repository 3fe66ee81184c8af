import { nameOf } from "../api/functions";
import { follow } from "../ui/router";
import { plain } from "../ui/text";
import { clock, dayAndClock } from "../ui/time";
import { withMarks } from "./markedWords";
import { passageText } from "./passageText";
import { addressOf, KIND_NAMES } from "./places";
import type { FoundPassage } from "./types";

/** The passages, each a link to its place. */
export function ResultList({ results }: { results: FoundPassage[] }) {
  if (results.length === 0) return null;
  return (
    <ol className="results card">
      {results.map((one) => (
        <Result key={`${one.meetingId} ${one.kind} ${one.itemId ?? one.passage}`} one={one} />
      ))}
    </ol>
  );
}

/** A passage, with the words that were found marked. */
function Passage({ one }: { one: FoundPassage }) {
  return withMarks(passageText(one), one.words).map(({ text, found }, place) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other identity
    found ? <mark key={place}>{text}</mark> : text,
  );
}

function Result({ one }: { one: FoundPassage }) {
  const address = addressOf(one);
  return (
    <li>
      <a className="result" href={address} onClick={(event) => follow(event, address)}>
        <span className="result-head">
          <strong>
            <bdi>{plain(one.meetingTitle)}</bdi>
          </strong>
          <time className="muted" dateTime={new Date(one.meetingAt).toISOString()}>
            {dayAndClock(one.meetingAt)}
          </time>
        </span>
        <span className="result-passage" dir="auto">
          <Passage one={one} />
        </span>
        <span className="muted result-place">
          {KIND_NAMES[one.kind]}
          {one.user && (
            <>
              {" · "}
              <bdi>{nameOf(one.user)}</bdi>
            </>
          )}
          {one.at !== undefined && ` · ${clock(one.at)}`}
          {one.foundBy === "meaning" && " · similar in meaning"}
        </span>
      </a>
    </li>
  );
}
