/**
 * One other member in a mesh: a stream that stays the same while the connections behind it are replaced, and the state
 * of the present connection.
 *
 * A silent connection is not renegotiated: another one is made beside it. Browsers cling to a dead path for five
 * seconds after every ICE restart, while a new connection is up in a fraction of one. The silent one is kept until the
 * other carries the call, as it may recover.
 */

import { isPolite } from "../../ids";
import { MediaMonitor } from "../../monitor/mediaMonitor";
import { CONNECT_WITHIN_MS, diagnose, GIVE_WAY_MS, overdue, RECONNECT_WITHIN_MS } from "../../monitor/silence";
import type { Candidate, Description, Fault, Health, IceSetup, Kind, PeerView, Tracks } from "../../types";
import type { Recoverable } from "../room";
import { Connection } from "./connection";
import { Negotiation, type NegotiationEvents } from "./negotiation";

export type RemotePeerEvents = {
  onDescription(description: Description): void;
  onCandidate(candidate: Candidate): void;
  onChange(): void;
  onWarning(message: string, cause: unknown): void;
};

/**
 * A single connection carries the call, or a new one is made `beside` the former one until either carries it. `hasty`:
 * this is the first attempt, by a member whose connection is known to be fast.
 */
type Attempt =
  | { name: "single"; newest: Connection }
  | { name: "beside"; newest: Connection; former: Connection; hasty: boolean };

export class RemotePeer implements Recoverable {
  private readonly stream = new MediaStream();
  private readonly monitor = new MediaMonitor();
  private health: Health = "connecting";
  private attempt: Attempt;
  /** When the timeout for the connection began. */
  private since = performance.now();
  private closed = false;

  constructor(
    readonly userId: string,
    readonly page: string,
    private readonly myPage: string,
    private setup: IceSetup,
    private tracks: Tracks,
    private readonly events: RemotePeerEvents,
  ) {
    this.attempt = { name: "single", newest: this.connect() };
  }

  get view(): PeerView {
    const { userId, stream } = this;
    const { stats, trace, speaking } = this.monitor;
    const health = this.former?.aliveSince(this.since) ? "connected" : this.health;
    return { userId, stream, health, speaking, stats, trace };
  }

  get doubtful(): boolean {
    return this.health === "connected" && this.newest.liveness.doubtful;
  }

  /** Offer, unless this side has already offered. */
  start(): void {
    const { negotiation } = this.newest;
    if (!negotiation.started) negotiation.start();
  }

  async receiveDescription(description: Description): Promise<void> {
    const decision = this.newest.negotiation.decide(description);
    if (decision === "start") this.start();
    if (decision === "replace") this.replace();
    if (decision === "accept" || decision === "replace") await this.newest.negotiation.accept(description);
  }

  receiveCandidate(candidate: Candidate): Promise<void> {
    return this.newest.negotiation.receiveCandidate(candidate);
  }

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.tracks = { ...this.tracks, [kind]: track };
    await Promise.all(this.connections.map(({ negotiation }) => negotiation.setTrack(kind, track)));
  }

  /** Make another connection, unless the broken one has recovered or the other end has already replaced it. */
  recover(setup: IceSetup, nth: number): void {
    if (this.closed || this.health === "connected") return;
    this.setup = setup;
    const begun = !this.newest.foundBroken;
    if (!begun) this.replace();
    if (this.attempt.name === "beside") this.attempt.hasty = nth === 1;
    if (!begun) this.start();
  }

  /** Use these ICE servers from now on. */
  refresh(setup: IceSetup): void {
    this.setup = setup;
    for (const { negotiation } of this.connections) negotiation.refresh(setup);
  }

  /** Set the health, until new packets prove otherwise. */
  mark(health: "reconnecting" | "lost"): void {
    this.health = health;
    this.expectLife();
  }

  close(): void {
    this.closed = true;
    for (const { negotiation } of this.connections) negotiation.close();
    for (const track of this.stream.getTracks()) this.stream.removeTrack(track);
  }

  /** Check the connections; return the fault, if any. */
  async check(): Promise<Fault | null> {
    const { newest } = this;
    const fault = await this.examine();
    if (fault) newest.foundBroken = true;
    return fault;
  }

  private async examine(): Promise<Fault | null> {
    const { newest, former } = this;
    const [now, before] = await Promise.all([newest.measure(), former?.measure()]);
    if (newest !== this.newest) return null;
    this.monitor.note(before ?? now);
    if (this.health === "connected") return diagnose(newest.negotiation.state, newest.liveness, now.at, this.givesWay);
    if (newest.aliveSince(this.since)) return this.settleOn(newest);
    const fault = overdue(this.since, now.at, this.timeout);
    if (fault && former?.aliveSince(this.since)) return this.settleOn(former);
    return fault && this.isAway() ? null : fault;
  }

  private get newest(): Connection {
    return this.attempt.newest;
  }

  private get former(): Connection | null {
    return this.attempt.name === "beside" ? this.attempt.former : null;
  }

  private get connections(): Connection[] {
    return [this.newest, this.former].filter((one) => one !== null);
  }

  private get givesWay(): number {
    return isPolite(this.myPage, this.page) ? GIVE_WAY_MS : 0;
  }

  private get timeout(): number {
    const hasty = this.attempt.name === "beside" && this.attempt.hasty && this.newest.negotiation.answered;
    return (hasty ? RECONNECT_WITHIN_MS : CONNECT_WITHIN_MS) + this.givesWay;
  }

  /** Whether the other page has not answered at all. Then no path is to blame, and the offer is repeated. */
  private isAway(): boolean {
    if (this.newest.negotiation.answered) return false;
    this.replace();
    this.start();
    return true;
  }

  /** Restart the timeout for the connection. */
  private expectLife(): void {
    this.since = performance.now();
  }

  /** Let this connection carry the call and close any other. */
  private settleOn(connection: Connection): null {
    for (const other of this.connections) if (other !== connection) other.negotiation.close();
    if (this.attempt.name === "beside") this.monitor.restart();
    this.attempt = { name: "single", newest: connection };
    connection.carried = true;
    connection.foundBroken = false;
    this.health = "connected";
    this.show();
    return null;
  }

  /** Make another connection. The one that carried the call last is kept: it may recover. */
  private replace(): void {
    const { attempt, newest } = this;
    const former = attempt.name === "single" && newest.carried ? newest : this.former;
    if (former !== newest) newest.negotiation.close();
    if (this.health === "connected") this.health = "reconnecting";
    this.expectLife();
    const next = this.connect();
    this.attempt = former ? { name: "beside", newest: next, former, hasty: false } : { name: "single", newest: next };
  }

  private connect(): Connection {
    const events: NegotiationEvents = {
      onDescription: this.events.onDescription,
      onCandidate: this.events.onCandidate,
      onTrack: (track) => this.take(connection, track),
      onState: this.events.onChange,
      onWarning: this.events.onWarning,
    };
    const connection = new Connection(new Negotiation(this.page, this.myPage, this.setup, this.tracks, events));
    return connection;
  }

  private take(connection: Connection, track: MediaStreamTrack): void {
    connection.take(track);
    if (this.attempt.name === "single" && connection === this.newest) this.show();
  }

  /** Put exactly the tracks of the newest connection into the stream. */
  private show(): void {
    const { tracks } = this.newest;
    for (const old of this.stream.getTracks()) if (!tracks.includes(old)) this.stream.removeTrack(old);
    for (const track of tracks) if (!this.stream.getTracks().includes(track)) this.stream.addTrack(track);
    this.events.onChange();
  }
}
