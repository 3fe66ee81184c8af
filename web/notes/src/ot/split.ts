/** Cut an operation that is too large for one call into a part that fits, and the rest. */

import { type Change, EMPTY, type Operation } from "./change";
import { cutsPair } from "./pairs";

export type Bounds = { changes: number; inserted: number };

/** Return a first part within the bounds, and the rest, made on its result. A part may insert two units or more. */
export function split(operation: Operation, { changes, inserted }: Bounds): [Operation, Operation] {
  const part: Change[] = [];
  const rest: Change[] = [];
  let room = inserted;
  let shift = 0;
  for (const change of operation) {
    const { position, length, content } = change;
    const taken = content.length <= room ? content.length : cutAt(content, room);
    if (part.length >= changes || rest.length > 0 || taken < Math.min(1, content.length)) {
      rest.push({ position: position + shift, length, content });
      continue;
    }
    part.push({ position, length, content: content.slice(0, taken) });
    if (taken < content.length) {
      rest.push({ position: position + shift + taken, length: 0, content: content.slice(taken) });
    }
    room -= content.length;
    shift += taken - length;
  }
  return rest.length === 0 ? [operation, EMPTY] : [part, rest];
}

function cutAt(content: string, room: number): number {
  if (room <= 0) return 0;
  return cutsPair(content, room) ? room - 1 : room;
}
