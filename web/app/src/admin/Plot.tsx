import { clock } from "../ui/time";
import { polylines, roundedUp } from "./figures";

const WIDTH = 600;
const HEIGHT = 120;

type Line = { name: string; tone: "accent" | "muted" | "danger"; values: (number | null)[] };
type Props = { title: string; unit: (value: number) => string; lines: Line[]; from: number; to: number };

/** Values over time, with the highest one on the axis. A single value is shown as a dot. */
export function Plot({ title, unit, lines, from, to }: Props) {
  const all = lines.flatMap((line) => line.values.filter((value) => value !== null));
  const most = roundedUp(Math.max(...all, 0));
  const newest = lines.map((line) => `${line.name}: ${unit(line.values.findLast((value) => value !== null) ?? 0)}`);
  return (
    <figure className="plot">
      <figcaption>
        <strong>{title}</strong> <span className="muted">now {newest.join(", ")}</span>
      </figcaption>
      <div className="plot-box">
        <span className="plot-most">{unit(most)}</span>
        <svg viewBox={`0 -4 ${WIDTH} ${HEIGHT + 8}`} preserveAspectRatio="none" aria-hidden="true">
          {lines.map((line) =>
            polylines(line.values, most, WIDTH, HEIGHT).map((points) => (
              <polyline key={`${line.name} ${points}`} points={dotted(points)} data-tone={line.tone} />
            )),
          )}
        </svg>
      </div>
      <div className="plot-times">
        <span>{clock(from)}</span>
        <span>{clock(to)}</span>
      </div>
      <ul className="plot-names">
        {lines.map((line) => (
          <li key={line.name} data-tone={line.tone}>
            {line.name}
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** A line of one point has no length, and would not be drawn. */
function dotted(points: string): string {
  if (points.includes(" ")) return points;
  const [x, y] = points.split(",");
  return `${points} ${Number(x) + 2},${y}`;
}
