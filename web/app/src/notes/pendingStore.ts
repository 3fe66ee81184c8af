/**
 * Edits that the server does not have, kept in IndexedDB: a record for each window. A window holds a lock as long as it
 * lives; a record without one was left behind, and the next window of the same user takes it over.
 *
 * Insecure pages have no locks. There a record belongs to its tab, which finds it again after a reload.
 */

import { type Claimed, type DocumentRecord, type PendingSlot, type PendingStore, textOf } from "@connvo/notes";
import { randomId } from "@connvo/rtc";

const DATABASE = "connvo.notes";
const STORE = "pending";
const BY_OWNER = "owner";
const LOCK = "connvo.notes.";
const TAB = "connvo.notes.tab";

type Row = { slot: string; owner: string; at: number; record: DocumentRecord };

/** Return the store of a user's edits in a meeting. */
export function pendingStore(userId: string, meetingId: string): PendingStore {
  const owner = `${userId} ${meetingId}`;
  const slotOf = (slot: string, release: () => void): PendingSlot => ({
    save: async (record) => {
      await run("readwrite", (rows) => rows.put({ slot, owner, at: Date.now(), record } satisfies Row));
    },
    clear: async () => {
      await run("readwrite", (rows) => rows.delete(slot));
    },
    release: async () => release(),
  });
  return {
    claim: async () => {
      const rows = await run<Row[]>("readonly", (all) => all.index(BY_OWNER).getAll(owner));
      const claimed: Claimed[] = [];
      for (const { slot } of rows.sort((one, other) => one.at - other.at)) {
        const release = await hold(slot);
        if (release === null) continue;
        // The window that held it may have finished meanwhile.
        const row = await run<Row | undefined>("readonly", (all) => all.get(slot));
        if (row) claimed.push({ slot: slotOf(slot, release), record: row.record });
        else release();
      }
      return claimed;
    },
    open: async () => {
      const slot = randomId();
      const release = await hold(slot, true);
      return slotOf(slot, release ?? (() => undefined));
    },
  };
}

/** Return the texts that pages which are gone have left, and leave them there: the user may be let in again. */
export async function leftTexts(userId: string, meetingId: string): Promise<string[]> {
  const claimed = await pendingStore(userId, meetingId).claim();
  await Promise.all(claimed.map(({ slot }) => slot.release()));
  return claimed.map(({ record }) => textOf(record));
}

/** Hold the lock of a slot. Returns how to release it, or null if another window holds it. */
function hold(slot: string, own = false): Promise<(() => void) | null> {
  if (!navigator.locks) return Promise.resolve(ofThisTab(slot, own) ? () => undefined : null);
  return new Promise((done) => {
    const keep = (lock: Lock | null) => {
      if (lock) return new Promise<void>((release) => done(release));
      done(null);
      return undefined;
    };
    navigator.locks.request(LOCK + slot, { ifAvailable: true }, keep).catch(() => done(null));
  });
}

/** Return whether a slot is this tab's; `own` makes it so. */
function ofThisTab(slot: string, own: boolean): boolean {
  try {
    const slots = (sessionStorage.getItem(TAB) ?? "").split(" ");
    if (own) sessionStorage.setItem(TAB, [...slots, slot].join(" ").trim());
    return own || slots.includes(slot);
  } catch {
    return own;
  }
}

let opened: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((done, fail) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(STORE, { keyPath: "slot" }).createIndex(BY_OWNER, "owner");
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
    request.onblocked = () => fail(new Error("another window keeps the database of notes"));
  }).catch((error: unknown) => {
    opened = null;
    throw error;
  });
  return opened;
}

/** Run one request in a transaction. Resolves once the transaction has ended well. */
async function run<T>(mode: IDBTransactionMode, work: (rows: IDBObjectStore) => IDBRequest): Promise<T> {
  const transaction = (await database()).transaction(STORE, mode);
  const request = work(transaction.objectStore(STORE));
  return new Promise((done, fail) => {
    transaction.oncomplete = () => done(request.result as T);
    transaction.onabort = () => fail(transaction.error);
    transaction.onerror = () => fail(transaction.error);
  });
}
