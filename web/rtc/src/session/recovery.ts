/**
 * Recovers broken connections, one recovery at a time, as the server decides.
 *
 * Does not know: whether to try again, by which way, and after what pause. While the room is closed, and when it moves,
 * the call only follows the room.
 */

import type { Issue, RoomLocation } from "../notices";
import type { Failure } from "../rooms/room";
import type { RoomTransition } from "../rooms/transition";
import type { Verdict } from "../signalling";
import { sleep, withTimeout } from "../timeouts";
import type { LocalSession } from "./localSession";
import type { Relocation } from "./relocation";

/** How long to wait before the next attempt after the server said that retrying does not help. */
export const RETRY_PAUSE_MS = 20_000;
/** How long to wait after a failed recovery. */
const RECOVERY_RETRY_MS = 1_000;

/** Notifications of a recovery to its call. */
export interface RecoveryEvents {
  /** The notice to show has changed. */
  onChange(): void;
  /** The server wants the session begun again in the same room. */
  onRejoin(at: RoomLocation): void;
  /** The recovery failed; the session may be gone as well. */
  onFailed(): void;
}

export class Recovery {
  private current: Issue | null = null;
  private running = false;
  /** The attempts since all was well. */
  private tries = 0;
  private pausedUntil = 0;
  private wasDoubtful = false;

  constructor(
    private readonly session: LocalSession,
    private readonly rooms: RoomTransition,
    private readonly relocation: Relocation,
    private readonly events: RecoveryEvents,
  ) {}

  get issue(): Issue | null {
    return this.current;
  }

  /** Whether a recovery is under way; until it ends, it owns the session. */
  get isRunning(): boolean {
    return this.running;
  }

  /** Forget earlier failures, for another room. */
  reset(): void {
    this.current = null;
    this.tries = 0;
  }

  /** Record that every connection is healthy; an announced move stays announced. */
  noteHealthy(): void {
    this.tries = 0;
    if (this.current !== "moving") this.current = null;
  }

  /** Probe the server: silence may mean that this page is offline, and then the server could not help. */
  checkServer(): void {
    const { doubtful } = this.rooms;
    if (doubtful && !this.wasDoubtful) this.session.server.check();
    this.wasDoubtful = doubtful;
  }

  /** Recover broken connections, unless it is too early or a recovery is under way. */
  async start(broken: Failure[]): Promise<void> {
    const [first] = broken;
    if (!first || performance.now() < this.pausedUntil) return;
    if (this.running || this.session.isOver || !this.relocation.isReady) return;
    this.running = true;
    mark(broken, "reconnecting");
    this.setIssue("reconnecting");
    this.session.server.check();
    this.session.gate.shut();
    try {
      await this.run(first, broken);
    } catch (error) {
      this.session.logger.warn("recovery failed; retrying", error);
      this.pausedUntil = performance.now() + RECOVERY_RETRY_MS;
      this.events.onFailed();
    } finally {
      this.session.gate.open();
      this.running = false;
    }
  }

  private async run(first: Failure, broken: Failure[]): Promise<void> {
    const { at } = this.relocation;
    const isStale = () => this.session.isOver || this.relocation.at !== at;
    const verdict = await this.session.reportFailure(first.fault);
    if (isStale()) return;
    if (at && verdict.fallbackProvider === at.provider) return this.events.onRejoin(at);
    if (verdict.fallbackProvider) return this.setIssue("moving");
    if (!verdict.retryRecommended) this.pause(broken);
    if (verdict.waitMs) await sleep(verdict.waitMs);
    if (isStale()) return;
    await withTimeout(this.session.begin());
    if (this.relocation.at === at) this.tryAgain(broken, verdict);
  }

  /** Wait before the next attempt: retrying does not help now. */
  private pause(broken: Failure[]): void {
    mark(broken, "lost");
    this.pausedUntil = performance.now() + RETRY_PAUSE_MS;
    this.setIssue("lost");
  }

  /** Make other connections, unless the broken ones have recovered meanwhile. */
  private tryAgain(broken: Failure[], { retryRecommended }: Verdict): void {
    if (this.current === null || !retryRecommended) return;
    const setup = this.session.ice.current;
    if (setup.relayOnly) this.setIssue("relay");
    this.tries += 1;
    for (const { target } of broken) target.recover(setup, this.tries);
  }

  private setIssue(issue: Issue): void {
    this.current = issue;
    this.events.onChange();
  }
}

function mark(broken: Failure[], health: "reconnecting" | "lost"): void {
  for (const { target } of broken) target.mark(health);
}
