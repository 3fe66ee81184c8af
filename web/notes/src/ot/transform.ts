/**
 * What an operation has to be after another that was made on the same text.
 *
 * TP1 holds: on a text, `a` and then `transform(b, a, …)` make what `b` and then `transform(a, b, …)` make. The server
 * orders all operations, so nothing more is needed.
 */

import { type Change, endOf, growthOf, normalize, type Operation } from "./change";

/** Gets the text of the operation that is transformed and that of the other, both at one place: is the first left? */
export type TieRule = (own: string, other: string) => boolean;

/** Text that commits later goes left, so that two people who type at one place are not mixed up. */
export const laterLeft: TieRule = () => true;

/** The smaller text goes left, in UTF-16 order; of equal texts the one that commits later. */
export const smallerLeft: TieRule = (later, earlier) => later <= earlier;

/** Return a rule for the other direction: for the operation that commits earlier, over the later one. */
export function complement(rule: TieRule): TieRule {
  return (earlier, later) => !rule(later, earlier);
}

/**
 * Return `operation` as it has to be after `other`.
 *
 * An insert moves by what `other` adds and removes left of it. Inside a deletion of `other` it goes to its start, right
 * of the text there. A deletion loses what `other` deletes, and is cut where `other` inserts strictly inside.
 */
export function transform(operation: Operation, other: Operation, first: TieRule): Operation {
  if (operation.length === 0 || other.length === 0) return operation;
  const pieces: Change[] = [];
  let passed = 0;
  let shift = 0;
  for (const change of operation) {
    let near = other[passed];
    while (near && endOf(near) < change.position) {
      shift += growthOf(near);
      near = other[++passed];
    }
    if (change.content !== "") {
      pieces.push({ position: insertAt(change, near, first) + shift, length: 0, content: change.content });
    }
    if (change.length > 0) pieces.push(...deletionsAfter(change, other, passed, shift));
  }
  return normalize(pieces);
}

/** Return the earlier operation as it has to be after the later one, and the later one after the earlier. */
export function transformPair(earlier: Operation, later: Operation, rule: TieRule): [Operation, Operation] {
  return [transform(earlier, later, complement(rule)), transform(later, earlier, rule)];
}

/** Return where a cursor is after an operation. An insert at the cursor leaves it left of the text. */
export function transformPosition(position: number, other: Operation): number {
  let shift = 0;
  for (const change of other) {
    if (change.position >= position) break;
    if (position < endOf(change)) return change.position + shift + change.content.length;
    shift += growthOf(change);
  }
  return position + shift;
}

/** Return where a position of the text after an operation was before it; for a place in inserted text, that place. */
export function positionBefore(position: number, operation: Operation): number {
  let shift = 0;
  for (const change of operation) {
    const start = change.position + shift;
    if (position <= start) break;
    if (position <= start + change.content.length) return change.position;
    shift += growthOf(change);
  }
  return position - shift;
}

/** Return the place of an insert; `near` is the first change of the other operation that ends there or later. */
function insertAt({ position, content }: Change, near: Change | undefined, first: TieRule): number {
  if (!near || near.position > position) return position;
  const right = near.position + near.content.length;
  if (near.position < position) return right;
  return near.content === "" || first(content, near.content) ? position : right;
}

/** Return what is left of a deletion; the changes of `other` before `next` end before it and move it by `shift`. */
function deletionsAfter(change: Change, other: Operation, next: number, shift: number): Change[] {
  const left: Change[] = [];
  const end = endOf(change);
  let start = change.position;
  let moved = shift;
  for (let cut = other[next]; cut && cut.position < end; cut = other[++next]) {
    if (cut.position > start) left.push({ position: start + moved, length: cut.position - start, content: "" });
    moved += growthOf(cut);
    start = Math.max(start, endOf(cut));
  }
  if (start < end) left.push({ position: start + moved, length: end - start, content: "" });
  return left;
}
