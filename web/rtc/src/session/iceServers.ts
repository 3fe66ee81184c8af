/** The ICE servers of this page; credentials are renewed before they expire. */

import type { Logger } from "../logger";
import type { IceSetup } from "../types";

/** How long to wait after a failed renewal. */
export const RENEWAL_RETRY_MS = 5_000;

export class IceServers {
  current: IceSetup = { iceServers: [], relayOnly: false };
  private renewAt = Number.POSITIVE_INFINITY;
  private renewal: Promise<void> | null = null;

  /** `sessionId` returns the present session: credentials are given only to an open one. */
  constructor(
    private readonly sessionId: () => string,
    private readonly ask: (sessionId: string) => Promise<IceSetup>,
    private readonly logger: Logger,
  ) {}

  private get isDue(): boolean {
    return performance.now() >= this.renewAt;
  }

  /** Get new credentials. Rejects if the server refuses them to the present session. */
  renew(): Promise<void> {
    this.renewal ??= this.obtain().finally(() => {
      this.renewal = null;
    });
    return this.renewal;
  }

  /** Return servers with valid credentials, or else the newest there are. */
  async valid(): Promise<IceSetup> {
    if (this.isDue) await this.renewIfDue();
    return this.current;
  }

  /** Renew credentials that are about to expire; return whether there are new ones. */
  async renewIfDue(): Promise<boolean> {
    if (!this.isDue) return false;
    try {
      await this.renew();
      return true;
    } catch (error) {
      this.logger.warn("could not renew the ICE servers; retrying", error);
      return false;
    }
  }

  /** An answer to an earlier session may predate the server's latest decision. */
  private async obtain(): Promise<void> {
    for (let asked = ""; asked !== this.sessionId(); ) {
      asked = this.sessionId();
      this.renewAt = performance.now() + RENEWAL_RETRY_MS;
      try {
        this.current = await this.ask(asked);
      } catch (error) {
        if (asked === this.sessionId()) throw error;
      }
    }
    this.renewAt = performance.now() + (this.current.refreshAfterMs ?? Number.POSITIVE_INFINITY);
  }
}
