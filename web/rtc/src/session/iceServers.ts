/** The ICE servers of this page, with credentials that are renewed before they end. */

import type { Logger } from "../logger";
import type { IceSetup } from "../types";

/** Ask again this long after a renewal that failed. */
export const RENEW_AGAIN_MS = 5_000;

export class IceServers {
  current: IceSetup = { iceServers: [], relayOnly: false };
  private renewAt = Number.POSITIVE_INFINITY;
  private renewal: Promise<void> | null = null;

  /** `sessionId` is that of the present session: credentials are given to an open one only. */
  constructor(
    private readonly sessionId: () => string,
    private readonly ask: (sessionId: string) => Promise<IceSetup>,
    private readonly logger: Logger,
  ) {}

  private get isDue(): boolean {
    return performance.now() >= this.renewAt;
  }

  /** Get new credentials. Rejects when the server refuses them to the present session. */
  renew(): Promise<void> {
    this.renewal ??= this.obtain().finally(() => {
      this.renewal = null;
    });
    return this.renewal;
  }

  /** Return servers whose credentials still last, or else the newest there are. */
  async valid(): Promise<IceSetup> {
    if (this.isDue) await this.renewIfDue();
    return this.current;
  }

  /** Get new credentials before the present ones end; returns whether there are new ones. */
  async renewIfDue(): Promise<boolean> {
    if (!this.isDue) return false;
    try {
      await this.renew();
      return true;
    } catch (error) {
      this.logger.warn("new ICE servers have to wait", error);
      return false;
    }
  }

  /** An answer that came for an earlier session may not say what the server has decided since. */
  private async obtain(): Promise<void> {
    for (let asked = ""; asked !== this.sessionId(); ) {
      asked = this.sessionId();
      this.renewAt = performance.now() + RENEW_AGAIN_MS;
      try {
        this.current = await this.ask(asked);
      } catch (error) {
        if (asked === this.sessionId()) throw error;
      }
    }
    this.renewAt = performance.now() + (this.current.refreshAfterMs ?? Number.POSITIVE_INFINITY);
  }
}
