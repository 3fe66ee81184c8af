/**
 * The cursors of others. They are listed for the text at a sequence, and follow what is committed after it; the cursor
 * of a client that types is where it has typed last.
 */

import { endOf, growthOf, type Operation } from "./ot/change";
import { transformPosition } from "./ot/transform";
import type { CommittedOperation, Cursor, ListedCursor, Writer } from "./types";

/** Operations that are kept for cursors that are listed late. */
const MAX_KEPT = 256;
/** Clients renew their cursors every 30 s. */
const GONE_AFTER_MS = 75_000;

/** `known`: it was listed for a text after which all operations are known, or its client has typed since. */
type Place = { listed: ListedCursor; anchor: number; head: number; seenAt: number; known: boolean };

export class Cursors {
  private readonly places = new Map<string, Place>();
  private readonly recent: CommittedOperation[] = [];
  /** Cursors for a text that this client does not have yet. */
  private ahead: ListedCursor[] = [];
  private sequence = 0;
  /** The operations after this one are known. */
  private since = 0;
  private listedBefore = false;

  /** Begin with a text at a sequence: older operations are not known. */
  reset(sequence: number): void {
    this.sequence = sequence;
    this.since = sequence;
    this.recent.length = 0;
  }

  /** Move all cursors over an operation. */
  commit(operation: CommittedOperation): void {
    this.sequence = operation.sequence;
    this.recent.push(operation);
    if (this.recent.length > MAX_KEPT) this.since = (this.recent.shift() as CommittedOperation).sequence;
    for (const place of this.places.values()) move(place, operation);
    const due = this.ahead.filter(({ sequence }) => sequence <= this.sequence);
    this.ahead = this.ahead.filter(({ sequence }) => sequence > this.sequence);
    for (const cursor of due) this.put(cursor);
  }

  /** Take in the server's list without the own cursor. Returns those who were not there before. */
  update(listed: ListedCursor[]): Writer[] {
    const users = new Set([...this.places.values()].map((place) => place.listed.user._id));
    const ids = new Set(listed.map(({ clientId }) => clientId));
    for (const clientId of this.places.keys()) if (!ids.has(clientId)) this.places.delete(clientId);
    this.ahead = [];
    for (const cursor of listed) {
      const before = this.places.get(cursor.clientId);
      if (before && before.listed.at === cursor.at) continue;
      if (cursor.sequence > this.sequence) this.ahead.push(cursor);
      else this.put(cursor);
    }
    const joined = listed.map(({ user }) => user).filter(({ _id }) => !users.has(_id));
    const fresh = this.listedBefore ? joined : [];
    this.listedBefore = true;
    return fresh.filter(({ _id }, at) => fresh.findIndex((one) => one._id === _id) === at);
  }

  /** Whether anybody else has the notes open. */
  get isEmpty(): boolean {
    return this.living().length === 0 && this.ahead.length === 0;
  }

  /** Return the cursors in the text of this page, to which `pending` was done. */
  shown(pending: Operation): Cursor[] {
    const known = this.living().filter((place) => place.known);
    return known.map(({ listed: { clientId, user }, anchor, head }) => ({
      clientId,
      user,
      anchor: transformPosition(anchor, pending),
      head: transformPosition(head, pending),
    }));
  }

  private living(): Place[] {
    const now = performance.now();
    return [...this.places.values()].filter(({ seenAt }) => now - seenAt < GONE_AFTER_MS);
  }

  private put(listed: ListedCursor): void {
    const { clientId, anchor, head, sequence } = listed;
    const place = { listed, anchor, head, seenAt: performance.now(), known: sequence >= this.since };
    for (const operation of this.recent) if (operation.sequence > sequence) move(place, operation);
    this.places.set(clientId, place);
  }
}

function move(place: Place, { clientId, changes }: CommittedOperation): void {
  const typed = clientId === place.listed.clientId ? caretAfter(changes) : null;
  place.anchor = typed ?? transformPosition(place.anchor, changes);
  place.head = typed ?? transformPosition(place.head, changes);
  place.known ||= typed !== null;
}

/** Return where the caret of a typist is after an operation, or null if it changed nothing. */
export function caretAfter(changes: Operation): number | null {
  const last = changes.at(-1);
  if (!last) return null;
  const shift = changes.slice(0, -1).reduce((sum, change) => sum + growthOf(change), 0);
  return endOf(last) + shift + growthOf(last);
}
