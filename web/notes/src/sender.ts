/**
 * Sends what is pending: one operation at a time, the same one until it is answered.
 *
 * An operation is kept in the slot before it is sent, so that another page that takes over sends it under the same
 * number.
 */

import { Delivery, type Outcome } from "./delivery";
import type { NotesDocument } from "./document";
import { Interrupted, type Refused } from "./errors";
import type { Keeper } from "./keeper";
import type { Logger } from "./logger";
import type { NotesServer } from "./server";
import { Wait } from "./wait";

export const SEND_EVERY_MS = 100;
/** While nobody else has the notes open, and after a refusal. */
export const SEND_ALONE_EVERY_MS = 1_000;
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 8_000;
/** What is sent in one operation, within the limits of the server. */
export const BOUNDS = { changes: 500, inserted: 60_000 };

export class Sender {
  /** Whether nobody else has the notes open. */
  alone = false;
  private running: Promise<void> | null = null;
  /** Whether there was a reason to send while the last run was ending. */
  private again = false;
  private paused = false;
  private refused = false;
  private stopped = false;
  private lastSent = Number.NEGATIVE_INFINITY;
  private readonly delivery: Delivery;
  private readonly wait = new Wait();

  /** `onRefused`: the server has refused what was sent. */
  constructor(
    private readonly document: NotesDocument,
    server: NotesServer,
    private readonly keeper: Keeper,
    private readonly onRefused: (error: Refused) => void,
    logger: Logger,
  ) {
    this.delivery = new Delivery(document, server, logger);
  }

  /** There is something to send, or a reason to try again. `now`: without the pause that gathers edits. */
  wake(now = false): void {
    if (now) this.wait.end();
    if (this.running) {
      this.again = true;
      return;
    }
    this.again = false;
    if (this.paused || !this.isDue) return;
    this.running = this.run().finally(() => {
      this.running = null;
      if (this.again) this.wake();
    });
  }

  /** Stop sending; resolves when nothing is on its way. */
  async pause(): Promise<void> {
    this.paused = true;
    this.wait.end();
    await this.running;
  }

  resume(): void {
    this.paused = false;
    this.wake();
  }

  /** Stop for good. */
  stop(): void {
    this.stopped = true;
    this.paused = true;
    this.wait.end();
  }

  /** Send what is under way until it is answered. Returns null if there is nothing, or this has stopped. */
  async settle(): Promise<Outcome | null> {
    for (let wait = FIRST_WAIT_MS; !this.stopped; wait = Math.min(2 * wait, MAX_WAIT_MS)) {
      const { sent } = this.document;
      if (sent === null) return null;
      const outcome = await this.delivery.attempt(sent);
      if (!(outcome instanceof Interrupted)) return outcome;
      await this.wait.begin(Math.max(jittered(wait), outcome.waitMs));
    }
    return null;
  }

  private async run(): Promise<void> {
    let wait = FIRST_WAIT_MS;
    while (!this.paused && this.isDue) {
      const pause =
        this.lastSent + (this.alone || this.refused ? SEND_ALONE_EVERY_MS : SEND_EVERY_MS) - performance.now();
      if (this.document.sent === null && pause > 0) {
        await this.wait.begin(pause);
        if (this.paused) return;
      }
      const sent = this.document.send(BOUNDS);
      if (sent === null) return;
      await this.keeper.flush();
      this.lastSent = performance.now();
      const outcome = await this.delivery.attempt(sent);
      if (outcome instanceof Interrupted) {
        await this.wait.begin(Math.max(jittered(wait), outcome.waitMs));
        wait = Math.min(2 * wait, MAX_WAIT_MS);
      } else if ("refused" in outcome) {
        this.refused = true;
        this.onRefused(outcome.refused);
        return;
      } else {
        this.refused = false;
        wait = FIRST_WAIT_MS;
      }
    }
  }

  /** Answered operations come back in the stream, and only then the next one is sent. */
  private get isDue(): boolean {
    const { sent, hasUnsent } = this.document;
    return sent === null ? hasUnsent : !this.delivery.isAnswered(sent);
  }
}

/** Spread the retries of clients that lost the same server. */
function jittered(ms: number): number {
  return ms * (0.5 + Math.random());
}
