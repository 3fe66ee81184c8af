/** A store for pending edits in memory, shared by the pages of one user, for tests. */

import type { DocumentRecord } from "../src/document";
import type { Claimed, PendingSlot, PendingStore } from "../src/pending";

/** `owner` counts the pages that had it: one that is gone stores nothing more. */
type Held = { record: DocumentRecord | null; held: boolean; owner: number };

export class FakeStore implements PendingStore {
  readonly slots: Held[] = [];
  refuses = false;

  get records(): DocumentRecord[] {
    return this.slots.flatMap(({ record }) => (record ? [record] : []));
  }

  /** All pages are gone, as after a crash of the browser. */
  crash(): void {
    for (const slot of this.slots) {
      slot.held = false;
      slot.owner++;
    }
  }

  async claim(): Promise<Claimed[]> {
    const free = this.slots.filter(({ record, held }) => record !== null && !held);
    return free.map((slot) => ({ slot: this.take(slot), record: structuredClone(slot.record) as DocumentRecord }));
  }

  async open(): Promise<PendingSlot> {
    const slot: Held = { record: null, held: false, owner: 0 };
    this.slots.push(slot);
    return this.take(slot);
  }

  private take(slot: Held): PendingSlot {
    slot.held = true;
    const { owner } = slot;
    return {
      save: async (record) => {
        if (this.refuses) throw new Error("the disk is full");
        if (slot.owner === owner) slot.record = structuredClone(record);
      },
      clear: async () => {
        if (slot.owner === owner) slot.record = null;
      },
      release: async () => {
        slot.held = false;
      },
    };
  }
}
