/** The data that this package shares with the server. */

import type { Operation } from "./ot/change";

/** An operation in the server's order. `userId` is missing when the account was erased, `clientId` for other writers. */
export type CommittedOperation = {
  sequence: number;
  kind: string;
  userId?: string;
  clientId?: string;
  number?: number;
  changes: Operation;
  at: number;
};

/**
 * Operations after a sequence. `more`: there are further ones. `reset`: they are not kept; load the text again. `at`: when the
 * operation with that sequence was committed, if it is kept.
 */
export type OperationsPage = { operations: CommittedOperation[]; more: boolean; reset: boolean; at?: number };

/**
 * An operation as it was first sent: under its number, made on the text at its sequence. `sequenceAt`: when the operation with
 * that sequence was committed, if known.
 */
export type SentOperation = {
  readonly number: number;
  readonly sequence: number;
  readonly sequenceAt?: number;
  readonly changes: Operation;
};

export type Snapshot = { sequence: number; content: string };

/** A text of the server, and when its last operation was committed, if that is known. */
export type LoadedText = Snapshot & { at: number | null };

/** What the local member may do with the notes. `locked`: only hosts write. */
export type Access = { canWrite: boolean; canManage: boolean; locked: boolean };

/** A writer as others see them. */
export type Writer = { _id: string; displayName?: string; avatarUrl?: string };

/** A cursor as the server lists it: positions in the text at its sequence. */
export type ListedCursor = {
  clientId: string;
  user: Writer;
  sequence: number;
  anchor: number;
  head: number;
  at: number;
};

/** A cursor of another client, in the text of this page. */
export type Cursor = { clientId: string; user: Writer; anchor: number; head: number };

/** Whether pending edits outlive this page: all of them, all but the newest for a moment, or none. */
export type Kept = "yes" | "soon" | "no";

/**
 * Whether the text is at the server. `kept`: whether what is pending is stored on this device. `refused`: the server does not
 * take it, or with nothing pending does not show the notes; `error` is its refusal.
 */
export type Status =
  | { state: "opening" }
  | { state: "saved" }
  | { state: "saving"; kept: Kept }
  | { state: "offline"; pending: boolean; kept: Kept }
  | { state: "refused"; error: unknown; pending: boolean; kept: Kept };
