/**
 * How notes reach the server: the only port to the outside besides the store.
 *
 * Calls reject with Interrupted when they may succeed later unchanged, and with Refused when the server said no.
 * Functions that follow something return how to stop.
 */

import type { Access, ListedCursor, OperationsPage, SentOperation, Snapshot } from "./types";

export type Stop = () => void;

export interface NotesServer {
  /** The newest text that is stored as a whole. */
  snapshot(): Promise<Snapshot>;
  /** Follow the operations after a sequence: each page replaces the one before. */
  follow(sequence: number, onPage: (page: OperationsPage) => void, onError: (error: unknown) => void): Stop;
  /** Commit an operation, once however often it is sent. Resolves with its sequence. */
  apply(clientId: string, operation: SentOperation): Promise<{ sequence: number }>;
  followAccess(onAccess: (access: Access) => void): Stop;
  /** Follow whether there is a connection. Calls `onChange` at once with the present state. */
  followConnection(onChange: (online: boolean) => void): Stop;
  followCursors(onCursors: (cursors: ListedCursor[]) => void): Stop;
  setCursor(clientId: string, sequence: number, anchor: number, head: number): Promise<void>;
  leave(clientId: string): Promise<void>;
}
