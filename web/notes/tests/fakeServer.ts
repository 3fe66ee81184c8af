/** The server of notes in memory, and links to it that delay, lose and repeat calls, for tests. */

import { Interrupted, Refused } from "../src/errors";
import { apply } from "../src/ot/apply";
import { diff } from "../src/ot/diff";
import { laterLeft, transform } from "../src/ot/transform";
import type { NotesServer } from "../src/server";
import type { Access, CommittedOperation, ListedCursor, OperationsPage, SentOperation, Snapshot } from "../src/types";

/** A generator of random numbers that a seed repeats. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export class FakeServer {
  readonly log: CommittedOperation[] = [];
  /** Never goes back, not even when the server is restored. */
  private clock = 0;
  /** Operations that are at most this far behind are transformed; older ones are refused, and not handed out. */
  kept = Number.POSITIVE_INFINITY;
  snapshotEvery = 20;
  pageSize = 200;
  maxLength = 1_000_000;
  locked = false;
  /** The member may only read. */
  demoted = false;
  /** The next calls of `apply` end with these errors. */
  readonly failures: Error[] = [];
  cursors = new Map<string, ListedCursor>();
  private readonly texts: string[] = [""];
  private readonly listeners = new Set<() => void>();

  get head(): number {
    return this.log.length;
  }

  get text(): string {
    return this.texts.at(-1) as string;
  }

  textAt(sequence: number): string {
    return this.texts[sequence] as string;
  }

  snapshot(): Snapshot {
    const sequence = this.head - (this.head % this.snapshotEvery);
    return { sequence, content: this.textAt(sequence) };
  }

  page(sequence: number): OperationsPage {
    if (sequence < this.head - this.kept || sequence > this.head) return { operations: [], more: false, reset: true };
    const operations = this.log.slice(sequence, sequence + this.pageSize);
    const at = this.log[sequence - 1]?.at;
    return {
      operations,
      more: sequence + operations.length < this.head,
      reset: false,
      ...(at === undefined ? {} : { at }),
    };
  }

  apply(userId: string, clientId: string, operation: SentOperation): { sequence: number } {
    const { number, sequence, sequenceAt, changes } = operation;
    const failure = this.failures.shift();
    if (failure) throw failure;
    const own = this.log.filter((one) => one.clientId === clientId);
    const known = own.find((one) => one.number === number);
    if (known) return { sequence: known.sequence };
    if (this.locked) throw new Refused("FORBIDDEN");
    if (this.demoted) throw new Refused("INSUFFICIENT_PERMISSIONS");
    if (number !== own.length + 1 || sequence < this.head - this.kept) throw new Refused("CONFLICT");
    if (sequence > this.head) throw new Refused("CONFLICT");
    if (sequenceAt !== undefined && this.log[sequence - 1]?.at !== sequenceAt) throw new Refused("CONFLICT");
    let moved = changes;
    for (const earlier of this.log.slice(sequence)) moved = transform(moved, earlier.changes, laterLeft);
    if (apply(this.text, moved).length > this.maxLength) throw new Refused("LIMIT_EXCEEDED");
    return this.commit({ kind: "edit", userId, clientId, number, changes: moved });
  }

  rollback(sequence: number): void {
    this.commit({ kind: "rollback", changes: diff(this.text, this.textAt(sequence)) });
  }

  /** Write as one of the documented functions does, which name no client. */
  write(position: number, content: string, length = 0): void {
    this.commit({ kind: "edit", userId: "other", changes: [{ position, length, content }] });
  }

  /** The server is restored from a backup: what came after this sequence is gone. */
  restore(sequence: number): void {
    this.log.length = sequence;
    this.texts.length = sequence + 1;
    this.changed();
  }

  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => forget(this.listeners, listener);
  }

  changed(): void {
    for (const listener of [...this.listeners]) listener();
  }

  private commit(operation: Omit<CommittedOperation, "sequence" | "at">): { sequence: number } {
    const sequence = this.head + 1;
    this.texts.push(apply(this.text, operation.changes));
    this.log.push({ ...operation, sequence, at: ++this.clock });
    this.changed();
    return { sequence };
  }
}

/** Remove a listener once only, as the clients of live queries fail when one is removed again. */
function forget<T>(listeners: Set<T>, listener: T): void {
  if (!listeners.delete(listener)) throw new Error("this listener was removed already");
}

export type Faults = { random: () => number; lost: number; repeated: number; slowMs: number };

const NO_FAULTS: Faults = { random: () => 0.5, lost: 0, repeated: 0, slowMs: 20 };

/** One page's connection to the server. While it is `down`, nothing comes through. */
export class FakeLink implements NotesServer {
  readonly sent: SentOperation[] = [];
  private up = true;
  private dead = false;
  private readonly onConnection = new Set<(online: boolean) => void>();

  constructor(
    private readonly server: FakeServer,
    private readonly userId: string,
    private readonly faults: Faults = NO_FAULTS,
  ) {}

  set down(down: boolean) {
    this.up = !down;
    for (const listener of [...this.onConnection]) listener(!down);
    if (!down) this.server.changed();
  }

  /** The page is gone: it hears and sends nothing more. */
  die(): void {
    this.dead = true;
    this.up = false;
  }

  snapshot(): Promise<Snapshot> {
    return this.call(() => this.server.snapshot());
  }

  apply(clientId: string, operation: SentOperation): Promise<{ sequence: number }> {
    this.sent.push(operation);
    const again = this.faults.random() < this.faults.repeated;
    return this.call(() => {
      const answer = this.server.apply(this.userId, clientId, operation);
      return again ? this.server.apply(this.userId, clientId, operation) : answer;
    });
  }

  follow(sequence: number, onPage: (page: OperationsPage) => void): () => void {
    return this.live(() => this.server.page(sequence), onPage);
  }

  followAccess(onAccess: (access: Access) => void): () => void {
    return this.live(() => {
      const { locked, demoted } = this.server;
      return { canWrite: !(locked || demoted), canManage: false, locked };
    }, onAccess);
  }

  followCursors(onCursors: (cursors: ListedCursor[]) => void): () => void {
    return this.live(() => [...this.server.cursors.values()], onCursors);
  }

  followConnection(onChange: (online: boolean) => void): () => void {
    this.onConnection.add(onChange);
    onChange(this.up);
    return () => forget(this.onConnection, onChange);
  }

  setCursor(clientId: string, sequence: number, anchor: number, head: number): Promise<void> {
    return this.call(() => {
      const at = Date.now();
      this.server.cursors.set(clientId, { clientId, user: { _id: this.userId }, sequence, anchor, head, at });
      this.server.changed();
    });
  }

  leave(clientId: string): Promise<void> {
    return this.call(() => {
      this.server.cursors.delete(clientId);
      this.server.changed();
    });
  }

  /** A call is lost before it arrives, or its answer is. */
  private async call<T>(work: () => T): Promise<T> {
    const { random, lost } = this.faults;
    await this.delay();
    if (!this.up || random() < lost) throw new Interrupted();
    const answer = work();
    await this.delay();
    if (!this.up || random() < lost) throw new Interrupted();
    return answer;
  }

  /** Values arrive in order, and only the newest of those that wait. */
  private live<T>(read: () => T, onValue: (value: T) => void): () => void {
    let over = false;
    let waiting = false;
    const look = async () => {
      if (waiting) return;
      waiting = true;
      await this.delay();
      waiting = false;
      if (!over && this.up && !this.dead) onValue(structuredClone(read()));
    };
    const stop = this.server.listen(() => void look());
    void look();
    return () => {
      over = true;
      stop();
    };
  }

  private delay(): Promise<void> {
    return new Promise((done) => setTimeout(done, this.faults.random() * this.faults.slowMs));
  }
}
