/**
 * Where edits wait that the server does not have, over a reload or a crash of the page.
 *
 * A slot holds the record of one page. When that page is gone, another page of the same user claims it.
 */

import type { DocumentRecord } from "./document";

export interface PendingSlot {
  /** Store a record, in place of the one before. Resolves once it outlives this page. */
  save(record: DocumentRecord): Promise<void>;
  clear(): Promise<void>;
  /** Let other pages claim the record, as when this page is gone. */
  release(): Promise<void>;
}

export type Claimed = { slot: PendingSlot; record: DocumentRecord };

export interface PendingStore {
  /** Return the records that gone pages have left, the oldest first. No other page gets them while this one lives. */
  claim(): Promise<Claimed[]>;
  /** Return an empty slot for this page. */
  open(): Promise<PendingSlot>;
}

/** A store for pages that keep nothing: it refuses, so that the status never claims more than is true. */
export const NO_STORE: PendingStore = {
  claim: async () => [],
  open: async () => ({
    save: () => Promise.reject(new Error("nothing is kept on this device")),
    clear: async () => undefined,
    release: async () => undefined,
  }),
};
