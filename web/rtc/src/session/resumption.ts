/**
 * This member's own sessions at the server: one that the server has closed is resumed, and a later page takes over the
 * call.
 */

import type { RemoteSession } from "../signalling";
import type { LocalSession } from "./localSession";
import { Ownership } from "./ownership";

/** How long to wait after the server refused a session. */
const RESUME_RETRY_MS = 3_000;

export class Resumption {
  private readonly ownership: Ownership;
  private why: unknown = null;
  private resumeAt = Number.POSITIVE_INFINITY;

  constructor(private readonly session: LocalSession) {
    this.ownership = new Ownership(session.page);
  }

  /** Why the server keeps this page out of the call, if it does. */
  get refusal(): unknown {
    return this.why;
  }

  /** The sessions that earlier pages left behind. */
  get older(): string[] {
    return this.ownership.older;
  }

  /** Whether a later page has the call, from the member's own sessions, oldest first. */
  isReplaced(own: RemoteSession[]): boolean {
    this.resumeAt = Number.POSITIVE_INFINITY;
    return this.ownership.isLost(own);
  }

  tryLater(): void {
    this.resumeAt = performance.now() + RESUME_RETRY_MS;
  }

  /** Return whether it is time to try again, once. */
  takeDue(): boolean {
    const due = performance.now() >= this.resumeAt;
    if (due) this.resumeAt = Number.POSITIVE_INFINITY;
    return due;
  }

  /** Resume the session. While the server refuses it, show that and retry. */
  async resume(): Promise<void> {
    if (this.session.isOver) return;
    try {
      await this.session.enter();
      this.why = null;
    } catch (error) {
      if (this.session.isOver) return;
      this.why = error;
      this.tryLater();
    }
    this.session.changed();
  }
}
