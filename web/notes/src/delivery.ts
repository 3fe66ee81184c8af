/** Calls the server with an operation, and remembers which one it has answered. */

import type { NotesDocument } from "./document";
import { Interrupted, Refused } from "./errors";
import type { Logger } from "./logger";
import type { NotesServer } from "./server";
import type { SentOperation } from "./types";

/** The end of a call: it is in the server's order, or the server has refused it. */
export type Outcome = { committed: number } | { refused: Refused };

export class Delivery {
  private answered: { sent: SentOperation; sequence: number } | null = null;

  constructor(
    private readonly document: NotesDocument,
    private readonly server: NotesServer,
    private readonly logger: Logger,
  ) {}

  /** Whether the server has answered that this is in its order. */
  isAnswered(sent: SentOperation): boolean {
    return this.answered?.sent === sent;
  }

  /** Send an operation once, unless it is answered. `Interrupted`: it may or may not have arrived. */
  async attempt(sent: SentOperation): Promise<Outcome | Interrupted> {
    if (this.answered?.sent === sent) return { committed: this.answered.sequence };
    try {
      const { sequence } = await this.server.apply(this.document.clientId, sent);
      this.answered = { sent, sequence };
      return { committed: sequence };
    } catch (error) {
      if (error instanceof Refused) return { refused: error };
      if (!(error instanceof Interrupted)) this.logger.warn("notes could not be sent", error);
      return error instanceof Interrupted ? error : new Interrupted();
    }
  }
}
