/**
 * The operations of the server, one after the other, each once.
 *
 * A live query over all operations after a cursor grows with each one. So the stream asks from a newer cursor from time
 * to time, and drops the old query once the new one has answered: nothing is missed between them. The cursors are
 * milestones, which the operations themselves determine: all clients ask the same questions, and the server answers them
 * together.
 *
 * A server that was restored from a backup lacks operations that are known here, and later has others under their
 * sequences. The time at which the newest known one was committed tells them apart.
 */

import type { Operation } from "./ot/change";
import type { NotesServer, Stop } from "./server";
import type { CommittedOperation, OperationsPage } from "./types";

/** A milestone is every so many operations, and after each that is long: it is not sent again with those after it. */
const MILESTONE = 16;
const LONG = 1_000;

export type StreamHooks = {
  onOperation: (operation: CommittedOperation) => void;
  /** All operations that the server has now were handed over. */
  onCaughtUp: () => void;
  /** The operations that come next are not kept any more, or follow other ones than those that were handed over. */
  onReset: () => void;
  onError: (error: unknown) => void;
};

type Query = { from: number; stop: Stop | null; over: boolean };

export class OperationsStream {
  private last = 0;
  private lastAt: number | null = null;
  private milestone = 0;
  private queries: Query[] = [];

  constructor(
    private readonly server: Pick<NotesServer, "follow">,
    private readonly hooks: StreamHooks,
  ) {}

  /** When the newest operation was committed, or null if that is not known. */
  get at(): number | null {
    return this.lastAt;
  }

  /** Begin after the operation with this sequence, whatever came before. `at`: when it was committed, if known. */
  start(sequence: number, at: number | null): void {
    this.stop();
    this.last = sequence;
    this.lastAt = at;
    this.milestone = sequence - (sequence % MILESTONE);
    this.ask(this.milestone);
  }

  stop(): void {
    for (const query of this.queries) end(query);
    this.queries = [];
  }

  private ask(from: number): void {
    const query: Query = { from, stop: null, over: false };
    this.queries.push(query);
    query.stop = this.server.follow(
      from,
      (page) => this.receive(query, page),
      (error) => !query.over && this.hooks.onError(error),
    );
    if (query.over) query.stop();
  }

  private receive(query: Query, page: OperationsPage): void {
    if (query.over) return;
    this.dropBefore(query);
    const newest = this.queries.at(-1) === query;
    if (page.reset && query.from < this.last) {
      // The milestone is not kept any more; what comes next may be.
      if (newest) this.ask(this.last);
      return;
    }
    if (page.reset || this.isOther(query, page)) {
      this.hooks.onReset();
      return;
    }
    if (query.from === this.last) this.lastAt ??= page.at ?? null;
    for (const operation of page.operations) {
      this.pass(operation);
      if (query.over) return;
    }
    if (!page.more) this.hooks.onCaughtUp();
    if (!newest || query.over) return;
    if (page.more) this.ask(this.last);
    else if (this.milestone > query.from) this.ask(this.milestone);
  }

  private pass(operation: CommittedOperation): void {
    const { sequence, at, changes } = operation;
    if (sequence % MILESTONE === 0 || lengthOf(changes) >= LONG) this.milestone = Math.max(this.milestone, sequence);
    if (sequence < this.last) return;
    this.lastAt = at;
    if (sequence === this.last) return;
    this.last = sequence;
    this.hooks.onOperation(operation);
  }

  /** Whether a page shows that the server has lost operations that this client has seen. */
  private isOther(query: Query, page: OperationsPage): boolean {
    const end = page.operations.at(-1)?.sequence ?? query.from;
    if (!page.more && end < this.last) return true;
    const known = query.from === this.last ? page : page.operations.find(({ sequence }) => sequence === this.last);
    return known?.at !== undefined && this.lastAt !== null && known.at !== this.lastAt;
  }

  private dropBefore(query: Query): void {
    const at = this.queries.indexOf(query);
    for (const old of this.queries.splice(0, at)) end(old);
  }
}

function lengthOf(changes: Operation): number {
  return changes.reduce((sum, { content }) => sum + content.length, 0);
}

function end(query: Query): void {
  query.over = true;
  query.stop?.();
}
