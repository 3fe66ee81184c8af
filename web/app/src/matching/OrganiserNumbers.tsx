import { useQuery } from "convex/react";
import { api } from "../api/functions";

const DAYS = 30;
const DAY_MS = 24 * 60 * 60_000;

/** Numbers for operators, and for admins of an organisation; no names, and nothing below five people. */
export function OrganiserNumbers() {
  const numbers = useQuery(api.matchingNumbers, { timeRange: DAYS * DAY_MS });
  if (numbers === undefined) return null;
  const { accepted, declined, completed } = numbers.outcomeDistribution;
  return (
    <section className="card" aria-labelledby="meet-numbers">
      <h2 id="meet-numbers">Numbers for organisers</h2>
      {numbers.totalMatches === 0 ? (
        <p className="muted">
          Nothing to show for the last {DAYS} days. Groups of fewer than five people are left out.
        </p>
      ) : (
        <dl className="meet-numbers">
          <Figure words="Proposed" value={String(numbers.totalMatches)} />
          <Figure words="Both agreed" value={String(accepted)} />
          <Figure words="Declined" value={String(declined)} />
          <Figure words="Met" value={String(completed)} />
          <Figure words="Mean score" value={numbers.averageScore.toFixed(2)} />
        </dl>
      )}
      {numbers.totalMatches > 0 && (
        <details>
          <summary>By day</summary>
          <ul>
            {numbers.matchingTrends.map(({ date, matchCount, averageScore }) => (
              <li key={date}>
                {date}: {matchCount}, mean score {averageScore.toFixed(2)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Figure({ words, value }: { words: string; value: string }) {
  return (
    <div>
      <dt className="muted">{words}</dt>
      <dd>{value}</dd>
    </div>
  );
}
