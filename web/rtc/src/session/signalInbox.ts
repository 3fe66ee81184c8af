/** The signals that came for this page: each is handled once, and acknowledged until the server has heard it. */

import type { Signal, Signalling } from "../signalling";

export class SignalInbox {
  private readonly seen = new Set<string>();
  private unacknowledged: string[] = [];

  constructor(private readonly server: Signalling) {}

  /** Those that have not been here before, in their order. */
  fresh(signals: Signal[]): Signal[] {
    const found = signals.filter((signal) => !this.seen.has(signal._id));
    for (const signal of found) this.seen.add(signal._id);
    return found;
  }

  /** Tells the server that these are done with, and those of which it has not heard. */
  acknowledge(signals: Signal[]): void {
    const all = [...this.unacknowledged.splice(0), ...signals.map((signal) => signal._id)];
    this.server.acknowledge(all).catch(() => this.unacknowledged.push(...all));
  }
}
