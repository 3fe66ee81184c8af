/**
 * What becomes of broken connections: the server is asked what to do, and what it says is done, one recovery at a time.
 *
 * Does not decide: whether to try again, over which ways, and after what pause is the server's word. While the room is
 * closed, and when it moves, there is nothing to do but to follow it.
 */

import type { Issue, RoomLocation } from "../notices";
import type { Failure } from "../rooms/room";
import type { RoomTransition } from "../rooms/transition";
import type { Verdict } from "../signalling";
import { sleep, withTimeout } from "../timeouts";
import type { LocalSession } from "./localSession";
import type { Relocation } from "./relocation";

/** After the server said that nothing helps, so long until the next try. */
export const REST_MS = 20_000;
/** The same after a recovery that failed. */
const TRY_AGAIN_MS = 1_000;

/** How the call learns of what a recovery does. */
export interface RecoveryEvents {
  /** What people are told has changed. */
  onChange(): void;
  /** The server wants the session in the same room begun again. */
  onRejoin(at: RoomLocation): void;
  /** It failed; the session may be gone as well. */
  onFailed(): void;
}

export class Recovery {
  private current: Issue | null = null;
  private running = false;
  /** The tries since all was well. */
  private tries = 0;
  private restUntil = 0;
  private doubted = false;

  constructor(
    private readonly session: LocalSession,
    private readonly rooms: RoomTransition,
    private readonly relocation: Relocation,
    private readonly events: RecoveryEvents,
  ) {}

  get issue(): Issue | null {
    return this.current;
  }

  /** Whether it is under way: until it ends, the session is its business. */
  get isRunning(): boolean {
    return this.running;
  }

  /** Forgets what was wrong: in another room nothing of it counts. */
  reset(): void {
    this.current = null;
    this.tries = 0;
  }

  /** Notes that every connection is well; a room that is to move moves all the same. */
  noteWell(): void {
    this.tries = 0;
    if (this.current !== "moving") this.current = null;
  }

  /** Silence may mean that this page is cut off from everything: it is the server that would help. */
  checkServer(): void {
    const { doubtful } = this.rooms;
    if (doubtful && !this.doubted) this.session.server.check();
    this.doubted = doubtful;
  }

  /** Has broken connections recovered, unless it is too early, or under way. */
  async start(broken: Failure[]): Promise<void> {
    const [first] = broken;
    if (!first || performance.now() < this.restUntil) return;
    if (this.running || this.session.isOver || !this.relocation.isReady) return;
    this.running = true;
    mark(broken, "reconnecting");
    this.say("reconnecting");
    this.session.server.check();
    this.session.gate.shut();
    try {
      await this.run(first, broken);
    } catch (error) {
      this.session.logger.warn("recovery has to wait", error);
      this.restUntil = performance.now() + TRY_AGAIN_MS;
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
    if (verdict.fallbackProvider) return this.say("moving");
    if (!verdict.retryRecommended) this.rest(broken);
    if (verdict.waitMs) await sleep(verdict.waitMs);
    if (isStale()) return;
    await withTimeout(this.session.begin());
    if (this.relocation.at === at) this.tryAgain(broken, verdict);
  }

  /** There is no use in another try for a while. */
  private rest(broken: Failure[]): void {
    mark(broken, "lost");
    this.restUntil = performance.now() + REST_MS;
    this.say("lost");
  }

  /** Makes other connections, unless the broken ones have come back meanwhile. */
  private tryAgain(broken: Failure[], { retryRecommended }: Verdict): void {
    if (this.current === null || !retryRecommended) return;
    const setup = this.session.ice.current;
    if (setup.relayOnly) this.say("relay");
    this.tries += 1;
    for (const { target } of broken) target.recover(setup, this.tries);
  }

  private say(issue: Issue): void {
    this.current = issue;
    this.events.onChange();
  }
}

function mark(broken: Failure[], health: "reconnecting" | "lost"): void {
  for (const { target } of broken) target.mark(health);
}
