/** Call ownership: of a member's pages, the latest to join has the call. */

import { pageOf } from "../ids";
import type { RemoteSession } from "../signalling";

export class Ownership {
  /** Pages that were in the call before this one. Their sessions may outlast them. */
  private before = new Set<string>();
  /**
   * The sessions of those pages. A running page ends its own; these belong to pages that crashed or lost their
   * connection.
   */
  older: string[] = [];

  constructor(private readonly page: string) {}

  /** Return whether a later page has the call, from the member's own sessions, oldest first. */
  isLost(own: RemoteSession[]): boolean {
    const pages = own.map(({ sessionId }) => pageOf(sessionId));
    const mine = pages.indexOf(this.page);
    if (mine >= 0) this.before = new Set(pages.slice(0, mine));
    this.older = own.map(({ sessionId }) => sessionId).filter((id) => this.before.has(pageOf(id)));
    const newest = pages.at(-1);
    return newest !== undefined && newest !== this.page && !this.before.has(newest);
  }
}
