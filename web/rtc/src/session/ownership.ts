/** Whose the call is: of the pages of one person, the one that came in last. */

import { pageOf } from "../ids";
import type { RemoteSession } from "../signalling";

export class Ownership {
  /** Pages that were in the call before this one. A session of theirs may linger after they are gone. */
  private before = new Set<string>();
  /** The sessions of those pages. A page that still runs ends its own; these are of pages that crashed or are cut off. */
  older: string[] = [];

  constructor(private readonly page: string) {}

  /** Return whether a page that came in later has the call, by the person's own sessions, oldest first. */
  isLost(own: RemoteSession[]): boolean {
    const pages = own.map(({ sessionId }) => pageOf(sessionId));
    const mine = pages.indexOf(this.page);
    if (mine >= 0) this.before = new Set(pages.slice(0, mine));
    this.older = own.map(({ sessionId }) => sessionId).filter((id) => this.before.has(pageOf(id)));
    const newest = pages.at(-1);
    return newest !== undefined && newest !== this.page && !this.before.has(newest);
  }
}
