/** Keeps the pending edits of a page in its slot, and knows whether they are there. */

import type { DocumentRecord } from "./document";
import type { Logger } from "./logger";
import type { PendingSlot } from "./pending";
import type { Kept } from "./types";

const KEEP_WITHIN_MS = 100;

export class Keeper {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private last: Promise<void> = Promise.resolve();
  private stored: boolean;
  /** Counts the changes, and those that are in the slot. */
  private changes = 0;
  private storedChanges = 0;
  private failed = false;

  /** `record` returns what has to be kept, or null for nothing; `stored`: the slot holds a record already. */
  constructor(
    private readonly slot: PendingSlot,
    private readonly record: () => DocumentRecord | null,
    private readonly onChange: () => void,
    private readonly logger: Logger,
    stored = false,
  ) {
    this.stored = stored;
  }

  /** Whether all edits outlive this page. */
  get kept(): Kept {
    if (this.failed) return "no";
    return this.stored && this.changes === this.storedChanges ? "yes" : "soon";
  }

  /** Something has changed: keep it soon. */
  touch(): void {
    this.changes++;
    this.timer ??= setTimeout(() => void this.flush(), KEEP_WITHIN_MS);
  }

  /** Keep the present state. Resolves when that is done, or has failed. */
  flush(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.last = this.last.then(() => this.store());
    return this.last;
  }

  /** Keep the present state, and leave it to other pages. */
  async close(): Promise<void> {
    await this.flush();
    await this.slot.release().catch(() => undefined);
  }

  private async store(): Promise<void> {
    const record = this.record();
    const { changes, kept: before } = this;
    try {
      if (record !== null) await this.slot.save(record);
      else if (this.stored) await this.slot.clear();
      this.stored = record !== null;
      this.storedChanges = changes;
      this.failed = false;
    } catch (error) {
      if (!this.failed) this.logger.warn("pending notes cannot be kept on this device", error);
      this.failed = true;
    }
    if (this.kept !== before) this.onChange();
  }
}
