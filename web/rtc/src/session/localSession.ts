/** The session of this page: begun, told about, supplied with ICE servers, and ended. */

import { newPage, sessionIdOf } from "../ids";
import type { SessionFacts, Signalling } from "../signalling";
import { AsyncGate } from "./gate";
import { IceServers } from "./iceServers";
import { Interrupted, retry, retrying } from "./retry";

/** A state that the server could not take is told again after so long. */
const TELL_AGAIN_MS = 2_000;

export class LocalSession {
  readonly page = newPage();
  /** The server, with the calls on the way into a session and a room repeated until this page leaves. */
  readonly server: Signalling;
  readonly ice: IceServers;
  /** Shut while there is no session to speak in: a failure that is told ends the one before. */
  readonly gate = new AsyncGate();
  /** Whether the others have been told that this session is connected. */
  connected = false;
  private attempt = 1;
  /** Those that the server may have open. */
  private readonly open = new Set<string>();
  private readonly left = new AbortController();
  private tellAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly raw: Signalling,
    private readonly facts: () => SessionFacts,
  ) {
    this.server = retrying(raw, this.left.signal);
    this.ice = new IceServers(
      () => this.id,
      (id) => this.retry(() => raw.iceSetup(id)),
    );
  }

  get id(): string {
    return sessionIdOf(this.page, this.attempt);
  }

  get ids(): string[] {
    return [...this.open];
  }

  get isOver(): boolean {
    return this.left.signal.aborted;
  }

  /** Begin the session, or make it again if the server has forgotten it. */
  async enter(): Promise<void> {
    this.open.add(this.id);
    const created = this.server.createSession(this.id);
    this.gate.open();
    await created;
    this.publish();
    await this.ice.renew();
  }

  /** Begin another session, of which nothing has been told yet. */
  begin(): Promise<void> {
    this.attempt += 1;
    this.connected = false;
    return this.enter();
  }

  /** Begin another session in place of this one. */
  async replace(): Promise<void> {
    const before = this.id;
    await this.begin();
    this.close(before);
  }

  /** Note that the server has ended a session. */
  forget(id: string): void {
    this.open.delete(id);
  }

  /** Tell the others how this session is connected and what it sends. */
  publish(): void {
    this.tellAt = Number.POSITIVE_INFINITY;
    this.raw.setState(this.id, this.connected ? "connected" : "connecting", this.facts()).catch((error) => {
      if (error instanceof Interrupted) this.tellAt = performance.now() + Math.max(TELL_AGAIN_MS, error.waitMs);
      console.warn("the state was not taken", error);
    });
  }

  publishIfDue(): void {
    if (performance.now() >= this.tellAt) this.publish();
  }

  /** Ask as often as it takes, at most until this page leaves. */
  retry<T>(work: () => Promise<T>, until = this.left.signal): Promise<T> {
    return retry(work, () => this.raw.reachable(), until);
  }

  /** End sessions, and take the person out of the call if these were all. */
  async leave(ids: string[]): Promise<void> {
    this.left.abort();
    await this.raw.leave(ids).catch(() => undefined);
  }

  /** Leave the call to another page of the same person. */
  giveUp(): void {
    this.left.abort();
    for (const id of this.ids) this.close(id);
  }

  private close(id: string): void {
    this.open.delete(id);
    this.raw.closeSession(id).catch(() => undefined);
  }
}
