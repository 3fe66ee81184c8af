/** Runs jobs one after the other. A failing job does not stop the queue. */

import type { Logger } from "../logger";

export class SerialQueue {
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly logger: Logger) {}

  add(job: () => Promise<void>): void {
    this.last = this.last.then(job).catch((error) => this.logger.warn("a queued job failed", error));
  }

  /** Resolves once every job added so far has run. */
  idle(): Promise<void> {
    return this.last;
  }
}
