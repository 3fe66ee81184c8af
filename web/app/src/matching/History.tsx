import { useQuery } from "convex/react";
import { api } from "../api/functions";
import { dayAndClock } from "../ui/time";
import { finished, metInWords } from "./outcome";
import type { Outcome } from "./types";

const SHOWN = 20;
const WORDS: Record<Outcome, string> = { accepted: "You agreed", declined: "You declined", completed: "You met" };
const TONES: Record<Outcome, string> = { accepted: "tag", declined: "tag", completed: "tag good" };

/** The user's answers to matches that are over; nothing while there are none. */
export function History() {
  const answers = useQuery(api.matchHistory, { limit: SHOWN });
  const match = useQuery(api.currentMatch, {});
  if (answers === undefined || match === undefined) return null;
  const past = finished(answers, match?.matchId ?? null);
  if (past.length === 0) return null;
  return (
    <section aria-labelledby="meet-history">
      <h2 id="meet-history" className="group-title">
        Your matches
      </h2>
      <p className="muted history-numbers">{metInWords(past)}</p>
      <ul className="meetings card">
        {past.map((one) => (
          <li key={one._id} className="meeting invitation">
            <span className="invitation-words">{dayAndClock(one.createdAt)}</span>
            {one.feedback && <span className="muted">{one.feedback.rating} of 5</span>}
            <span className={TONES[one.outcome]}>{WORDS[one.outcome]}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
