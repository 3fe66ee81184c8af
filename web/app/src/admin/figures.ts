/** Figures as operators read them. */

export function ms(value: number): string {
  if (value >= 1_000) return `${(value / 1_000).toFixed(1)} s`;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

export function percent(value: number): string {
  if (value === 100 || value === 0) return `${value} %`;
  // Nearly all is not all: 99.96 % is not shown as 100.
  return `${(Math.floor(value * 100) / 100).toFixed(value > 99 ? 2 : 1)} %`;
}

export function count(value: number): string {
  return value.toLocaleString("en");
}

/** The part of an error budget that is left, in percent: 0 once it is used up. */
export function budgetLeft(target: number, current: number): number {
  return Math.max(0, 100 - (100 * (100 - current)) / (100 - target));
}

/** The points of a line in a box, from the oldest value to the newest, with gaps where values are missing. */
export function polylines(values: (number | null)[], most: number, width: number, height: number): string[] {
  const lines: string[] = [];
  let line: string[] = [];
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  values.forEach((value, place) => {
    if (value === null) {
      if (line.length > 0) lines.push(line.join(" "));
      line = [];
    } else {
      line.push(`${(place * step).toFixed(1)},${(height - (value / most) * height).toFixed(1)}`);
    }
  });
  if (line.length > 0) lines.push(line.join(" "));
  return lines;
}

/** A round number that is at least a value, for the top of an axis. */
export function roundedUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10) * power;
}

/** Values by time, with null where a bucket is missing. */
export function evenly<B extends { timestamp: number }>(
  buckets: B[],
  size: number,
  value: (bucket: B) => number,
): (number | null)[] {
  const [first, last] = [buckets[0], buckets.at(-1)];
  if (first === undefined || last === undefined) return [];
  const known = new Map(buckets.map((bucket) => [bucket.timestamp, value(bucket)]));
  const places = Math.round((last.timestamp - first.timestamp) / size) + 1;
  return Array.from({ length: places }, (_, place) => known.get(first.timestamp + place * size) ?? null);
}

/** The parts of a name, each with the sign that ends it and its place: `user.`, `erase_`, `begun`. */
export function segments(name: string): { at: number; part: string }[] {
  return [...name.matchAll(/[^._:/]*[._:/]|[^._:/]+$/g)].map((found) => ({ at: found.index, part: found[0] }));
}
