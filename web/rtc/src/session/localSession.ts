/** The session of this page: begun, told about, supplied with ICE servers, and ended. */

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

/** A state that the server could not take is told again after so long. */
const TELL_AGAIN_MS = 2_000;

/** What a session says of the call that it belongs to, and whom it tells that people see something else now. */
export interface SessionOwner {
  readonly facts: SessionFacts;
  changed(): void;
}

export class LocalSession implements LocalParticipant {
  readonly page = newPage();
  /** The server, with the calls on the way into a session and a room repeated until this page leaves. */
  readonly server: Signalling;
  readonly ice: IceServers;
  /** Shut while there is no session to speak in: a failure that is told ends the one before. */
  readonly gate = new AsyncGate();
  /** `connected`: whether the others have been told that this session is. */
  private present = { attempt: 1, connected: false };
  /** Those that the server may have open. */
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

  /** That session, once it is one in which the server lets this page speak. */
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

  /** Begin another session, of which nothing has been told yet. */
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

  /** Tell the server what is wrong with this session, which ends it. Returns what the server says to do. */
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

  /** Tell the others that this session is connected. */
  publishConnected(): void {
    this.present.connected = true;
    this.publish();
  }

  /** Tell the others how this session is connected and what it sends. */
  publish(): void {
    if (this.isOver) return;
    this.publishAt = Number.POSITIVE_INFINITY;
    const state = this.connected ? "connected" : "connecting";
    this.raw.setState(this.sessionId, state, this.owner.facts).catch((error) => {
      if (error instanceof Interrupted) this.publishAt = performance.now() + Math.max(TELL_AGAIN_MS, error.waitMs);
      this.logger.warn("the state was not taken", error);
    });
  }

  publishIfDue(): void {
    if (performance.now() >= this.publishAt) this.publish();
  }

  /** End sessions, and take the member out of the call if these were all. */
  async leave(ids: string[]): Promise<void> {
    this.left.abort(new CallLeft());
    await this.raw.leave(ids).catch(() => undefined);
  }

  /** Leave the call to another page of the same member. */
  giveUp(): void {
    this.left.abort(new CallLeft());
    for (const id of this.sessionIds) this.close(id);
  }

  /** Ask as often as it takes, at most until this page leaves. */
  private retry<T>(work: () => Promise<T>, until = this.left.signal): Promise<T> {
    return retry(work, () => this.raw.reachable(), until);
  }

  private close(id: string): void {
    this.open.delete(id);
    this.raw.closeSession(id).catch(() => undefined);
  }
}
