export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WINDOWS = [
  { ms: HOUR_MS, words: "1 hour" },
  { ms: 6 * HOUR_MS, words: "6 hours" },
  { ms: DAY_MS, words: "1 day" },
  { ms: 7 * DAY_MS, words: "7 days" },
  { ms: 30 * DAY_MS, words: "30 days" },
];

type Props = { chosen: number; onChoose: (ms: number) => void; most: number };

/** The choice of a window of time, of at most some days. */
export function Windows({ chosen, onChoose, most }: Props) {
  return (
    <label className="window-choice">
      <span className="sr-only">Time shown</span>
      <select value={chosen} onChange={(event) => onChoose(Number(event.target.value))}>
        {WINDOWS.filter(({ ms }) => ms <= most * DAY_MS).map(({ ms, words }) => (
          <option key={ms} value={ms}>
            Last {words}
          </option>
        ))}
      </select>
    </label>
  );
}
