/**
 * Operations on a text: lists of changes in normal form. Positions and lengths count UTF-16 units, as strings here do;
 * none is inside a surrogate pair.
 *
 * Normal form: the changes ascend, count in the text before the operation, change something, and never touch. A change
 * puts its text before the units that it deletes. Two changes that touch are one change.
 */

import { UnfitOperation } from "../errors";

/** Put `content` in place of `length` units at `position`. */
export type Change = { readonly position: number; readonly length: number; readonly content: string };
export type Operation = readonly Change[];

export const EMPTY: Operation = [];

/** Return ascending changes in normal form. Throws UnfitOperation for others. */
export function normalize(changes: Iterable<Change>): Operation {
  const done: Change[] = [];
  let end = 0;
  for (const { position, length, content } of changes) {
    if (!isCount(position) || !isCount(length)) throw new UnfitOperation("positions and lengths are whole numbers");
    if (position < end) throw new UnfitOperation("changes ascend and do not overlap");
    if (length === 0 && content === "") continue;
    const last = done.at(-1);
    if (last && position === end) {
      done[done.length - 1] = {
        position: last.position,
        length: last.length + length,
        content: last.content + content,
      };
    } else {
      done.push({ position, length, content });
    }
    end = position + length;
  }
  return done;
}

/** Return the units by which a change makes the text longer. */
export function growthOf({ length, content }: Change): number {
  return content.length - length;
}

export function endOf({ position, length }: Change): number {
  return position + length;
}

export function isSame(one: Operation, other: Operation): boolean {
  return (
    one.length === other.length &&
    one.every((change, at) => {
      const { position, length, content } = other[at] as Change;
      return change.position === position && change.length === length && change.content === content;
    })
  );
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
