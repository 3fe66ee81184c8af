/** The session of this page: begins and ends it, publishes its facts, and supplies ICE servers. */

import { CallLeft, Interrupted } from "../errors";
import { newPage, sessionIdOf } from "../ids";
import type { Logger } from "../logger";
import type { LocalParticipant } from "../rooms/room";
import type { SessionFacts, Signalling, Verdict } from "../signalling";
import { withAbort } from "../timeouts";
import type { Fault, IceSetup, Sample } from "../types";
import { AsyncGate } from "./gate";
import { IceServers } from "./iceServers";
import { retry, retrying } from "./retry";

/** How long to wait before publishing a state again that failed. */
const STATE_RETRY_MS = 2_000;

/** The facts to publish about a session, and whom to notify of visible changes. */
export interface SessionOwner {
  readonly facts: SessionFacts;
  changed(): void;
}

export class LocalSession implements LocalParticipant {
  readonly page = newPage();
  /** The server; calls needed to enter a session or room are repeated until this page leaves. */
  readonly server: Signalling;
  readonly ice: IceServers;
  /** Shut while no session accepts signals: reporting a failure ends the present one. */
  readonly gate = new AsyncGate();
  /** `connected`: whether this session was published as connected. */
  private present = { attempt: 1, connected: false };
  /** The sessions that may be open at the server. */
  private readonly open = new Set<string>();
  private readonly left = new AbortController();
  private publishAt = Number.POSITIVE_INFINITY;

  constructor(
    readonly me: string,
    private readonly raw: Signalling,
    readonly logger: Logger,
    private readonly owner: SessionOwner,
  ) {
    this.server = retrying(raw, this.left.signal);
    this.ice = new IceServers(
      () => this.sessionId,
      (id) => this.retry(() => raw.iceSetup(id)),
      logger,
    );
  }

  get sessionId(): string {
    return sessionIdOf(this.page, this.present.attempt);
  }

  get sessionIds(): string[] {
    return [...this.open];
  }

  get connected(): boolean {
    return this.present.connected;
  }

  get isOver(): boolean {
    return this.left.signal.aborted;
  }

  /** Return the session, once the server accepts signals from it. */
  async session(): Promise<string> {
    await this.gate.pass();
    return this.sessionId;
  }

  setup(): Promise<IceSetup> {
    return this.ice.valid();
  }

  changed(): void {
    this.owner.changed();
  }

  /** Begin the session, or make it again if the server has forgotten it. */
  async enter(): Promise<void> {
    this.open.add(this.sessionId);
    const created = this.server.createSession(this.sessionId);
    this.gate.open();
    await created;
    this.publish();
    await this.ice.renew();
  }

  /** Begin another session, of which nothing was published yet. */
  begin(): Promise<void> {
    this.present = { attempt: this.present.attempt + 1, connected: false };
    return this.enter();
  }

  /** Begin another session in place of this one. */
  async replace(): Promise<void> {
    const before = this.sessionId;
    await this.begin();
    this.close(before);
  }

  /** Report a fault of this session, which ends it. Returns the server's verdict. */
  async reportFailure({ errorType, details }: Fault): Promise<Verdict> {
    const { sessionId } = this;
    const report = () => this.raw.reportFailure(sessionId, errorType, details);
    const verdict = await withAbort((until) => this.retry(report, until));
    this.open.delete(sessionId);
    return verdict;
  }

  reportQuality(sample: Sample): void {
    this.raw.reportQuality(this.sessionId, sample).catch(() => undefined);
  }

  /** Publish that this session is connected. */
  publishConnected(): void {
    this.present.connected = true;
    this.publish();
  }

  /** Publish how this session is connected and what it sends. */
  publish(): void {
    if (this.isOver) return;
    this.publishAt = Number.POSITIVE_INFINITY;
    const state = this.connected ? "connected" : "connecting";
    this.raw.setState(this.sessionId, state, this.owner.facts).catch((error) => {
      if (error instanceof Interrupted) this.publishAt = performance.now() + Math.max(STATE_RETRY_MS, error.waitMs);
      this.logger.warn("could not publish the state; retrying", error);
    });
  }

  publishIfDue(): void {
    if (performance.now() >= this.publishAt) this.publish();
  }

  /** End sessions; the member leaves the call if these were all. */
  async leave(ids: string[]): Promise<void> {
    this.left.abort(new CallLeft());
    await this.raw.leave(ids).catch(() => undefined);
  }

  /** Leave the call to another page of the same member. */
  giveUp(): void {
    this.left.abort(new CallLeft());
    for (const id of this.sessionIds) this.close(id);
  }

  /** Repeat until it succeeds, at most until this page leaves. */
  private retry<T>(work: () => Promise<T>, until = this.left.signal): Promise<T> {
    return retry(work, () => this.raw.reachable(), until);
  }

  private close(id: string): void {
    this.open.delete(id);
    this.raw.closeSession(id).catch(() => undefined);
  }
}
