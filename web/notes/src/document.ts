/**
 * A client's copy of the notes: the text of the server, and what is on its way there.
 *
 *     base --inflight--> --buffer--> text
 *
 * `inflight` is the one operation under way, moved over what others did since it was sent; `sent` is the same as it was
 * sent, and does not change, so that sending it again never types twice. `buffer` holds edits that were not sent.
 */

import { NotesError } from "./errors";
import { apply } from "./ot/apply";
import { EMPTY, isSame, type Operation } from "./ot/change";
import { compose } from "./ot/compose";
import { diff } from "./ot/diff";
import { type Bounds, split } from "./ot/split";
import { laterLeft, transformPair } from "./ot/transform";
import type { CommittedOperation, LoadedText, SentOperation } from "./types";

/** The server's order does not contain what was sent: the notes have to be loaded again. */
export class Diverged extends NotesError {
  override readonly name = "Diverged";
}

/** A document as it is stored. */
export type DocumentRecord = {
  clientId: string;
  /** The number of the next operation. */
  number: number;
  sequence: number;
  /** When the operation with this sequence was committed, if known: a restored server has another one in its place. */
  at?: number | null;
  base: string;
  sent: SentOperation | null;
  inflight: Operation;
  buffer: Operation;
};

export class NotesDocument {
  private constructor(private state: DocumentRecord) {}

  static of({ sequence, content, at }: LoadedText, clientId: string): NotesDocument {
    const none = { sent: null, inflight: EMPTY, buffer: EMPTY };
    return new NotesDocument({ clientId, number: 1, sequence, at, base: content, ...none });
  }

  static from(record: DocumentRecord): NotesDocument {
    return new NotesDocument({ ...record });
  }

  get record(): DocumentRecord {
    return { ...this.state };
  }

  get sequence(): number {
    return this.state.sequence;
  }

  get at(): number | null {
    return this.state.at ?? null;
  }

  get clientId(): string {
    return this.state.clientId;
  }

  get sent(): SentOperation | null {
    return this.state.sent;
  }

  get text(): string {
    return apply(this.state.base, this.pending);
  }

  /** All that the server does not have yet, made on its text. */
  get pending(): Operation {
    return compose(this.state.inflight, this.state.buffer);
  }

  get isPending(): boolean {
    return this.state.sent !== null || this.state.buffer.length > 0;
  }

  get hasUnsent(): boolean {
    return this.state.buffer.length > 0;
  }

  /** Take in an edit of this page. */
  edit(operation: Operation): void {
    this.state.buffer = compose(this.state.buffer, operation);
  }

  /** Begin to send: what fits of the buffer is under way, under the next number. Returns null if there is nothing. */
  send(bounds: Bounds): SentOperation | null {
    const { sent, sequence, number, buffer } = this.state;
    if (sent !== null) return sent;
    if (buffer.length === 0) return null;
    const [part, rest] = split(buffer, bounds);
    this.state = {
      ...this.state,
      number: number + 1,
      sent: { number, sequence, ...(this.at === null ? {} : { sequenceAt: this.at }), changes: part },
      inflight: part,
      buffer: rest,
    };
    return this.state.sent;
  }

  /**
   * Take in the next operation of the server; return what it changes in the text, nothing for an own one.
   *
   * Throws Diverged if the own operation is not what was sent.
   */
  receive({ sequence, clientId, number, changes, at }: CommittedOperation): Operation {
    const { base, sent, inflight, buffer } = this.state;
    if (sequence !== this.sequence + 1) throw new Diverged(`operation ${sequence} came after ${this.sequence}`);
    if (sent !== null && clientId === this.clientId && number === sent.number) {
      if (!isSame(changes, inflight)) throw new Diverged(`operation ${sequence} is not what was sent`);
      this.state = { ...this.state, sequence, at, base: apply(base, changes), sent: null, inflight: EMPTY };
      return EMPTY;
    }
    const [afterInflight, movedInflight] = transformPair(changes, inflight, laterLeft);
    const [afterBuffer, movedBuffer] = transformPair(afterInflight, buffer, laterLeft);
    const moved = { inflight: movedInflight, buffer: movedBuffer };
    this.state = { ...this.state, sequence, at, base: apply(base, changes), ...moved };
    return afterBuffer;
  }

  /** What was sent is known to be in the server's text, wherever it stands there: the base text now includes it. */
  join(): void {
    const { base, inflight } = this.state;
    this.state = { ...this.state, base: apply(base, inflight), sent: null, inflight: EMPTY };
  }

  /** What was sent is known not to be in the server's text: it waits again, and its number is free. */
  takeBack(): void {
    const { sent } = this.state;
    if (sent === null) return;
    this.state = { ...this.state, number: sent.number, sent: null, inflight: EMPTY, buffer: this.pending };
  }

  /**
   * Continue from another text of the server, after `join` or `takeBack`, and as another client if one is named.
   * Returns what changes in the text.
   */
  rebase({ sequence, content, at }: LoadedText, clientId: string): Operation {
    const { buffer } = this.state;
    const [changed, moved] = transformPair(diff(this.state.base, content), buffer, laterLeft);
    const number = clientId === this.clientId ? this.state.number : 1;
    this.state = { clientId, number, sequence, at, base: content, sent: null, inflight: EMPTY, buffer: moved };
    return changed;
  }
}

/** Return the text that a page has left, with all that the server lacks. */
export function textOf(record: DocumentRecord): string {
  return NotesDocument.from(record).text;
}
