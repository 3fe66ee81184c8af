/**
 * One other person in the call: a stream that stays the same while the connections behind it come and go, and how the
 * present connection is.
 *
 * A connection that falls silent is not negotiated anew but joined by another one: browsers cling to a dead path for five
 * seconds after every restart of ICE, while a new connection stands in a fraction of one. The silent one is kept until
 * the other carries, as it may come back by itself.
 */

import { isPolite } from "../../ids";
import { MediaMonitor } from "../../monitor/mediaMonitor";
import {
  CONNECT_WITHIN_MS,
  diagnose,
  type Fault,
  GIVE_WAY_MS,
  overdue,
  RECONNECT_WITHIN_MS,
} from "../../monitor/silence";
import type { Candidate, Description, IceSetup } from "../../signalling";
import type { PeerView, Recoverable } from "../room";
import { Connection } from "./connection";
import { type Kind, Negotiation, type NegotiationEvents, type Tracks } from "./negotiation";

export type Health = "connecting" | "connected" | "reconnecting" | "lost";

export type RemotePeerEvents = {
  onDescription(description: Description): void;
  onCandidate(candidate: Candidate): void;
  onChange(): void;
};

export class RemotePeer implements Recoverable {
  readonly stream = new MediaStream();
  private health: Health = "connecting";
  private readonly monitor = new MediaMonitor();
  private newest: Connection;
  /** The connection before the newest, until that carries. */
  private former: Connection | null = null;
  /** The one that was found broken last. */
  private broken: Connection | null = null;
  /** Whether this is the first try, of one who knows how fast it can be. */
  private hasty = false;
  private closed = false;
  private since = performance.now();

  constructor(
    readonly userId: string,
    readonly page: string,
    private readonly myPage: string,
    private setup: IceSetup,
    private tracks: Tracks,
    private readonly events: RemotePeerEvents,
  ) {
    this.newest = this.connect();
  }

  get view(): PeerView {
    const { userId, stream } = this;
    const { look, trace, speaking } = this.monitor;
    const health = this.former?.aliveSince(this.since) ? "connected" : this.health;
    return { userId, stream, health, speaking, look, trace };
  }

  get doubtful(): boolean {
    return this.health === "connected" && this.newest.liveness.doubtful;
  }

  /** Offers, if nothing has been offered yet. */
  start(): void {
    if (!this.newest.negotiation.started) this.newest.negotiation.start();
  }

  async receiveDescription(description: Description): Promise<void> {
    const judgement = this.newest.negotiation.judge(description);
    if (judgement === "start") this.start();
    if (judgement === "replace") this.replace();
    if (judgement === "accept" || judgement === "replace") await this.newest.negotiation.accept(description);
  }

  receiveCandidate(candidate: Candidate): Promise<void> {
    return this.newest.negotiation.receiveCandidate(candidate);
  }

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.tracks = { ...this.tracks, [kind]: track };
    await Promise.all(this.connections.map(({ negotiation: peer }) => peer.setTrack(kind, track)));
  }

  /** Makes another connection, unless the broken one has come back, or the other end has made one meanwhile. */
  recover(setup: IceSetup, nth: number): void {
    if (this.closed || this.health === "connected") return;
    this.setup = setup;
    const begun = this.newest !== this.broken;
    if (!begun) this.replace();
    this.hasty = nth === 1 && this.former !== null;
    if (!begun) this.start();
  }

  /** Uses these ICE servers from now on. */
  refresh(setup: IceSetup): void {
    this.setup = setup;
    for (const { negotiation: peer } of this.connections) peer.refresh(setup);
  }

  /** Says how things stand; only life from now on says otherwise. */
  mark(health: "reconnecting" | "lost"): void {
    this.health = health;
    this.expectLife();
  }

  close(): void {
    this.closed = true;
    for (const { negotiation: peer } of this.connections) peer.close();
    for (const track of this.stream.getTracks()) this.stream.removeTrack(track);
  }

  /** Looks at the connections; returns what is wrong, if anything. */
  async look(): Promise<Fault | null> {
    const { newest } = this;
    const fault = await this.examine();
    if (fault) this.broken = newest;
    return fault;
  }

  private async examine(): Promise<Fault | null> {
    const { newest, former } = this;
    const [now, before] = await Promise.all([newest.look(), former?.look()]);
    if (newest !== this.newest) return null;
    this.monitor.note(before ?? now);
    if (this.health === "connected") return diagnose(newest.negotiation.state, newest.liveness, now.at, this.givesWay);
    if (newest.aliveSince(this.since)) return this.settleOn(newest);
    const fault = overdue(this.since, now.at, this.timeout);
    if (fault && former?.aliveSince(this.since)) return this.settleOn(former);
    return fault && this.isAway() ? null : fault;
  }

  private get connections(): Connection[] {
    return this.former ? [this.newest, this.former] : [this.newest];
  }

  private get givesWay(): number {
    return isPolite(this.myPage, this.page) ? GIVE_WAY_MS : 0;
  }

  private get timeout(): number {
    const hasty = this.hasty && this.newest.negotiation.bound;
    return (hasty ? RECONNECT_WITHIN_MS : CONNECT_WITHIN_MS) + this.givesWay;
  }

  /** Whether they have not even answered: then no path is to blame, and they are offered again what waits for them. */
  private isAway(): boolean {
    if (this.newest.negotiation.bound) return false;
    this.replace();
    this.start();
    return true;
  }

  /** From now on the connection has its time to come to life. */
  private expectLife(): void {
    this.since = performance.now();
  }

  /** This one carries the call; there is no need for any other. */
  private settleOn(strand: Connection): null {
    for (const other of this.connections) if (other !== strand) other.negotiation.close();
    if (this.former) this.monitor.restart();
    this.newest = strand;
    this.former = null;
    strand.carried = true;
    this.health = "connected";
    this.show();
    return null;
  }

  private replace(): void {
    if (this.newest.carried && this.former === null) this.former = this.newest;
    else this.newest.negotiation.close();
    if (this.health === "connected") this.health = "reconnecting";
    this.expectLife();
    this.hasty = false;
    this.newest = this.connect();
  }

  private connect(): Connection {
    const events: NegotiationEvents = {
      onDescription: this.events.onDescription,
      onCandidate: this.events.onCandidate,
      onTrack: (track) => this.take(strand, track),
      onState: this.events.onChange,
    };
    const strand = new Connection(new Negotiation(this.page, this.myPage, this.setup, this.tracks, events));
    return strand;
  }

  private take(strand: Connection, track: MediaStreamTrack): void {
    strand.take(track);
    if (strand === this.newest && this.former === null) this.show();
  }

  /** Puts exactly what comes on the newest connection into the stream. */
  private show(): void {
    const { tracks } = this.newest;
    for (const old of this.stream.getTracks()) if (!tracks.includes(old)) this.stream.removeTrack(old);
    for (const track of tracks) if (!this.stream.getTracks().includes(track)) this.stream.addTrack(track);
    this.events.onChange();
  }
}
