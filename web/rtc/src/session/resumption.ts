/**
 * This member's own sessions, as the server has them: one that the server has closed is made again, and a page that came
 * in later takes the call over.
 */

import type { RemoteSession } from "../signalling";
import type { LocalSession } from "./localSession";
import { Ownership } from "./ownership";

/** A session that the server refused is asked for again after so long. */
const RESUME_AGAIN_MS = 3_000;

export class Resumption {
  private readonly ownership: Ownership;
  private why: unknown = null;
  private resumeAt = Number.POSITIVE_INFINITY;

  constructor(private readonly session: LocalSession) {
    this.ownership = new Ownership(session.page);
  }

  /** Why the server does not let this page back into the call, if it does not. */
  get refusal(): unknown {
    return this.why;
  }

  /** The sessions that pages before this one left behind. */
  get older(): string[] {
    return this.ownership.older;
  }

  /** Whether a page that came in later has the call, by the member's own sessions, oldest first. */
  isReplaced(own: RemoteSession[]): boolean {
    this.resumeAt = Number.POSITIVE_INFINITY;
    return this.ownership.isLost(own);
  }

  tryLater(): void {
    this.resumeAt = performance.now() + RESUME_AGAIN_MS;
  }

  /** Whether it is time to try again; that is said once. */
  takeDue(): boolean {
    const due = performance.now() >= this.resumeAt;
    if (due) this.resumeAt = Number.POSITIVE_INFINITY;
    return due;
  }

  /** Makes the session again. While it is refused, people are told, and it is tried again. */
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
