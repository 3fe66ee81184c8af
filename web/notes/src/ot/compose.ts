/** One operation that does what two in a row do. */

import { type Change, endOf, type Operation } from "./change";

/** Return the operation that does what `first` and then `second`, made on its result, do. */
export function compose(first: Operation, second: Operation): Operation {
  if (first.length === 0) return second;
  if (second.length === 0) return first;
  const made = new Builder();
  const between = new Between(first, made);
  let at = 0;
  for (const change of second) {
    between.keep(change.position - at);
    made.insert(change.content);
    between.remove(change.length);
    at = endOf(change);
  }
  between.finish();
  return made.operation();
}

/** Collects from left to right what is kept, inserted and deleted of the text before. */
class Builder {
  private readonly changes: Change[] = [];
  private position = 0;
  private deleted = 0;
  private content = "";

  keep(units: number): void {
    if (units === 0) return;
    this.close();
    this.position += units;
  }

  insert(text: string): void {
    this.content += text;
  }

  remove(units: number): void {
    this.deleted += units;
  }

  operation(): Operation {
    this.close();
    return this.changes;
  }

  private close(): void {
    const { position, deleted: length, content } = this;
    if (length > 0 || content !== "") this.changes.push({ position, length, content });
    this.position += length;
    this.deleted = 0;
    this.content = "";
  }
}

/** The text between both operations, read from left to right: units of the text before, and what `first` inserted. */
class Between {
  private next = 0;
  private end = 0;
  /** The units of the text before that come now, then the inserted text after them. */
  private gap = 0;
  private content = "";
  private deleted = 0;

  constructor(
    private readonly first: Operation,
    private readonly made: Builder,
  ) {
    this.advance();
  }

  keep(units: number): void {
    this.read(units, true);
  }

  remove(units: number): void {
    this.read(units, false);
  }

  /** Hand over the rest of the first operation. */
  finish(): void {
    while (this.gap !== Number.POSITIVE_INFINITY) {
      this.made.keep(this.gap);
      this.made.insert(this.content);
      this.made.remove(this.deleted);
      this.advance();
    }
  }

  private read(count: number, kept: boolean): void {
    let units = count;
    while (units > 0) {
      if (this.gap > 0) {
        const taken = Math.min(units, this.gap);
        if (kept) this.made.keep(taken);
        else this.made.remove(taken);
        this.gap -= taken;
        units -= taken;
      } else if (this.content !== "") {
        const taken = Math.min(units, this.content.length);
        if (kept) this.made.insert(this.content.slice(0, taken));
        this.content = this.content.slice(taken);
        units -= taken;
      } else {
        this.made.remove(this.deleted);
        this.advance();
      }
    }
  }

  /** Begin the next change with the units before it; after the last one they have no end. */
  private advance(): void {
    const change = this.first[this.next++];
    this.gap = change ? change.position - this.end : Number.POSITIVE_INFINITY;
    this.content = change?.content ?? "";
    this.deleted = change?.length ?? 0;
    if (change) this.end = endOf(change);
  }
}
