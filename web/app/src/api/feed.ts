/**
 * A live list that the server sends as changes, kept on this page.
 *
 * Each answer has the rows that changed after the revision that the question names. After some changes the server names
 * a newer milestone: from then on the question names it, so that answers stay small. The questions of all pages name
 * the same milestones, so that the server answers them together.
 */

/** The part of an answer that all feeds have. If it is `complete`, it is the whole list. */
export type Changes = { revision: number; milestone: number; complete: boolean };
export type Since = { since?: number };
/** The live answers to one question. The newest is undefined at first, and throws what the server refuses. */
export type Watch<C> = { onUpdate: (callback: () => void) => () => void; localQueryResult: () => C | undefined };

/** Return whether an answer tells something new. Answers to an older question may come after those to a newer one. */
export function isNews(known: number | null, answer: Changes): boolean {
  return known === null || answer.complete || answer.revision > known;
}

/** Return a map with some entries removed, then others set; the same map if nothing changes. */
export function changed<T>(
  before: ReadonlyMap<string, T>,
  removed: readonly string[],
  rows: readonly (readonly [string, T])[],
): ReadonlyMap<string, T> {
  if (removed.length === 0 && rows.length === 0) return before;
  const after = new Map(before);
  for (const key of removed) after.delete(key);
  for (const [key, row] of rows) after.set(key, row);
  return after;
}

/** The list of one feed. It follows the server while it has a listener, and knows where to go on afterwards. */
export class Feed<C extends Changes, State> {
  private readonly listeners = new Set<() => void>();
  private state: State | undefined;
  private error: Error | null = null;
  private revision: number | null = null;
  private since: number | null = null;
  private stop: (() => void) | null = null;

  constructor(
    private readonly watch: (since: Since) => Watch<C>,
    private readonly apply: (before: State | undefined, answer: C) => State,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (this.listeners.size === 1) this.ask();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      this.stop?.();
      this.stop = null;
    };
  };

  /** Return the present list; undefined before the first answer. Throws what the server refuses. */
  readonly read = (): State | undefined => {
    if (this.error) throw this.error;
    return this.state;
  };

  private ask(): void {
    const watch = this.watch(this.since === null ? {} : { since: this.since });
    const before = this.stop;
    const take = () => this.take(watch);
    this.stop = watch.onUpdate(take);
    before?.();
    take();
  }

  private take(watch: Watch<C>): void {
    try {
      const answer = watch.localQueryResult();
      if (answer === undefined) return;
      this.error = null;
      this.learn(answer);
    } catch (reason) {
      this.error = reason instanceof Error ? reason : new Error(String(reason));
    }
    for (const listener of [...this.listeners]) listener();
  }

  private learn(answer: C): void {
    if (isNews(this.revision, answer)) {
      this.state = this.apply(answer.complete ? undefined : this.state, answer);
      this.revision = answer.revision;
    }
    const moves = this.since === null || answer.complete || answer.milestone > this.since;
    if (!moves || answer.milestone === this.since) return;
    this.since = answer.milestone;
    if (this.listeners.size > 0) this.ask();
  }
}
