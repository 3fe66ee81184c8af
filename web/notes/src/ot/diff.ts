/**
 * The operation that makes one text of another. Lines that occur once in each text are matched, in order, then words in
 * what is between them; the rest is replaced. So an edit in one paragraph touches no other, and the work grows with the
 * length of the texts only.
 */

import { type Change, normalize, type Operation } from "./change";
import { cutsPair } from "./pairs";

/** What texts are split after, the coarsest first. */
const MARKS = ["\n", " "] as const;

/** Return an operation that turns `before` into `after`. */
export function diff(before: string, after: string): Operation {
  const changes: Change[] = [];
  collect(before, after, 0, 0, changes);
  return normalize(changes);
}

function collect(before: string, after: string, offset: number, finer: number, changes: Change[]): void {
  const head = commonPrefix(before, after);
  const tail = commonSuffix(before, after, head);
  const old = before.slice(head, before.length - tail);
  const made = after.slice(head, after.length - tail);
  const mark = MARKS[finer];
  let at = offset + head;
  if (old === "" || made === "" || mark === undefined) {
    if (old !== "" || made !== "") changes.push({ position: at, length: old.length, content: made });
    return;
  }
  for (const { was, is, matched } of anchored(pieces(old, mark), pieces(made, mark))) {
    collect(was, is, at, finer + 1, changes);
    at += was.length + matched;
  }
}

type Part = { was: string; is: string; matched: number };

/** Return the parts between anchors, and the length of the anchor that follows each. */
function anchored(old: string[], made: string[]): Part[] {
  let [i, j] = [0, 0];
  return [...anchors(old, made), [old.length, made.length] as const].map(([k, m]) => {
    const part = { was: old.slice(i, k).join(""), is: made.slice(j, m).join(""), matched: old[k]?.length ?? 0 };
    [i, j] = [k + 1, m + 1];
    return part;
  });
}

/** Return the longest ascending list of [index in old, index in new] of pieces that occur once in both. */
function anchors(old: string[], made: string[]): (readonly [number, number])[] {
  const once = (all: string[]) => {
    const place = new Map<string, number>();
    for (const [index, piece] of all.entries()) place.set(piece, place.has(piece) ? -1 : index);
    return place;
  };
  const [inOld, inNew] = [once(old), once(made)];
  const pairs: (readonly [number, number])[] = [];
  for (const [index, piece] of old.entries()) {
    const target = inNew.get(piece) ?? -1;
    if (inOld.get(piece) === index && target >= 0) pairs.push([index, target]);
  }
  return longestAscending(pairs);
}

function longestAscending(pairs: (readonly [number, number])[]): (readonly [number, number])[] {
  /** For each length the smallest end of an ascending list, and its index in `pairs`. */
  const lows: number[] = [];
  const ends: number[] = [];
  const before: number[] = [];
  for (const [index, [, target]] of pairs.entries()) {
    const length = firstNotBelow(lows, target);
    before.push(length > 0 ? (ends[length - 1] as number) : -1);
    lows[length] = target;
    ends[length] = index;
  }
  const chain: (readonly [number, number])[] = [];
  for (let at = ends.at(-1) ?? -1; at >= 0; at = before[at] as number)
    chain.push(pairs[at] as readonly [number, number]);
  return chain.reverse();
}

function firstNotBelow(sorted: number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function pieces(text: string, mark: string): string[] {
  const all = text.split(mark);
  const last = all.pop() as string;
  const whole = all.map((piece) => piece + mark);
  return last === "" ? whole : [...whole, last];
}

function commonPrefix(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let at = 0;
  while (at < most && one.charCodeAt(at) === other.charCodeAt(at)) at++;
  return cutsPair(one, at) || cutsPair(other, at) ? at - 1 : at;
}

/** Return how many units both texts end with in common, after their common beginning. */
function commonSuffix(one: string, other: string, head: number): number {
  const most = Math.min(one.length, other.length) - head;
  let count = 0;
  while (count < most && one.charCodeAt(one.length - 1 - count) === other.charCodeAt(other.length - 1 - count)) count++;
  return cutsPair(one, one.length - count) || cutsPair(other, other.length - count) ? count - 1 : count;
}
