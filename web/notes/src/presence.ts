/** The cursors in a document: that of this page, which others see, and those of others. */

import { Cursors } from "./cursors";
import type { NotesDocument } from "./document";
import type { Operation } from "./ot/change";
import { OwnCursor } from "./ownCursor";
import type { NotesServer, Stop } from "./server";
import type { CommittedOperation, Cursor, Writer } from "./types";

export class Presence {
  private readonly own: OwnCursor;
  private readonly others = new Cursors();
  private stop: Stop | null = null;

  constructor(
    private readonly document: NotesDocument,
    private readonly server: NotesServer,
  ) {
    this.own = new OwnCursor(document, server);
    this.reset();
  }

  /** Follow the cursors of others. `onListed` gets the writers that were not there before. */
  follow(onListed: (joined: Writer[]) => void): void {
    this.stop = this.server.followCursors((listed) => {
      const joined = this.others.update(listed.filter(({ clientId }) => clientId !== this.document.clientId));
      if (joined.length > 0) this.own.tellAgain();
      onListed(joined);
    });
  }

  /** Whether nobody else has the notes open. */
  get isAlone(): boolean {
    return this.others.isEmpty;
  }

  /** The cursors of others, in the text of this page. */
  get shown(): Cursor[] {
    return this.others.shown(this.document.pending);
  }

  /** The client whose cursor others see because of this page, or null. */
  get seenAs(): string | null {
    return this.own.isSeen ? this.document.clientId : null;
  }

  /** The user has moved the cursor. */
  select(anchor: number, head: number): void {
    this.own.select(anchor, head);
  }

  /** Others no longer see the cursor of this page. */
  hide(): void {
    this.own.hide();
  }

  /** The text of the document was replaced as a whole. */
  reset(): void {
    this.others.reset(this.document.sequence);
  }

  /** An operation was committed, here or elsewhere. */
  commit(operation: CommittedOperation): void {
    this.others.commit(operation);
    if (operation.clientId === this.document.clientId) this.own.committed(operation.changes);
  }

  /** Others have changed the text on the screen. */
  move(changes: Operation): void {
    this.own.move(changes);
  }

  close(): void {
    this.stop?.();
    this.stop = null;
    this.own.close();
  }
}
