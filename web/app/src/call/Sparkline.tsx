type Props = { label: string; unit: string; values: number[] };

const WIDTH = 120;
const HEIGHT = 24;

/** One figure over time, with its newest value. */
export function Sparkline({ label, unit, values }: Props) {
  const newest = values.at(-1);
  const most = Math.max(...values, 1);
  const points = values.map((value, place) => {
    const x = WIDTH - (values.length - 1 - place);
    return `${x},${(HEIGHT - 1 - (value / most) * (HEIGHT - 2)).toFixed(1)}`;
  });
  return (
    <div className="curve">
      <span>{label}</span>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <polyline points={points.join(" ")} />
      </svg>
      <output>{newest === undefined ? "–" : `${rounded(newest)} ${unit}`}</output>
    </div>
  );
}

function rounded(value: number): string {
  return value < 10 && value > 0 ? value.toFixed(1) : String(Math.round(value));
}
