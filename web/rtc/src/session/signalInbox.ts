/** The signals for this page: each is handled once, and acknowledged until the server has confirmed it. */

import type { Signal, Signalling } from "../signalling";

export class SignalInbox {
  private readonly seen = new Set<string>();
  private unacknowledged: string[] = [];

  constructor(private readonly server: Signalling) {}

  /** Return the signals that are new, in order. */
  fresh(signals: Signal[]): Signal[] {
    const found = signals.filter((signal) => !this.seen.has(signal._id));
    for (const signal of found) this.seen.add(signal._id);
    return found;
  }

  /** Acknowledge these signals, and those whose acknowledgement failed before. */
  acknowledge(signals: Signal[]): void {
    const all = [...this.unacknowledged.splice(0), ...signals.map((signal) => signal._id)];
    this.server.acknowledge(all).catch(() => this.unacknowledged.push(...all));
  }
}
