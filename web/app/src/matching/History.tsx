import { useQuery } from "convex/react";
import { api, nameOf } from "../api/functions";
import { Avatar } from "../members/Avatar";
import { follow } from "../ui/router";
import { dayAndClock } from "../ui/time";
import { metInWords, topicsInWords } from "./outcome";
import type { Outcome, PastMatch } from "./types";

const SHOWN = 20;
const WORDS: Record<Outcome, string> = { accepted: "You agreed", declined: "You declined", completed: "You met" };
const TONES: Record<Outcome, string> = { accepted: "tag", declined: "tag", completed: "tag good" };

/** The user's answers to matches that are over; nothing while there are none. */
export function History() {
  const past = useQuery(api.pastMatches, { limit: SHOWN });
  if (past === undefined || past.length === 0) return null;
  return (
    <section aria-labelledby="meet-history">
      <h2 id="meet-history" className="group-title">
        Your matches
      </h2>
      <p className="muted history-numbers">{metInWords(past)}</p>
      <ul className="meetings card">
        {past.map((one) => (
          <li key={one.matchId} className="meeting invitation">
            <Avatar user={one.partner} size="small" />
            <span className="invitation-words">
              <Name one={one} />
              <span className="muted">
                {dayAndClock(one.createdAt)}
                {one.topics.length > 0 && (
                  <>
                    {" · "}
                    <bdi>{topicsInWords(one.topics)}</bdi>
                  </>
                )}
              </span>
            </span>
            {one.rating !== undefined && <span className="muted">{one.rating} of 5</span>}
            <span className={TONES[one.outcome]}>{WORDS[one.outcome]}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The other user, and the way to the page of their meeting if there was one. */
function Name({ one: { partner, meetingId } }: { one: PastMatch }) {
  const name = partner.displayName ? <bdi>{nameOf(partner)}</bdi> : "Someone whose profile is closed";
  if (meetingId === undefined) return <strong>{name}</strong>;
  const path = `/m/${meetingId}`;
  return (
    <a href={path} onClick={(event) => follow(event, path)}>
      {name}
    </a>
  );
}
