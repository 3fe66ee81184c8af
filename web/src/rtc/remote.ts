/**
 * One other person in the call: a stream that stays the same while the connections behind it come and go, and how the
 * present connection is.
 *
 * A connection that falls silent is not negotiated anew but joined by another one: browsers cling to a dead path for five
 * seconds after every restart of ICE, while a new connection stands in a fraction of one. The silent one is kept until
 * the other carries, as it may come back by itself.
 */

import { type Kind, Peer, type PeerEvents, type Tracks } from "./peer";
import type { Line, PeerView } from "./room";
import { isPolite } from "./sessionId";
import type { Candidate, Description, IceSetup } from "./signalling";
import { Strand } from "./strand";
import { Vitals } from "./vitals";
import { CONNECT_WITHIN_MS, diagnose, type Fault, GIVE_WAY_MS, overdue, RECONNECT_WITHIN_MS } from "./watchdog";

export type Health = "connecting" | "connected" | "reconnecting" | "lost";

export type RemoteEvents = {
  onDescription(description: Description): void;
  onCandidate(candidate: Candidate): void;
  onChange(): void;
};

export class Remote implements Line {
  readonly stream = new MediaStream();
  private health: Health = "connecting";
  private readonly vitals = new Vitals();
  private newest: Strand;
  /** The connection before the newest, until that carries. */
  private former: Strand | null = null;
  /** The one that was found broken last. */
  private broken: Strand | null = null;
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
    private readonly events: RemoteEvents,
  ) {
    this.newest = this.connect();
  }

  get view(): PeerView {
    const { userId, stream } = this;
    const { look, trace, speaking } = this.vitals;
    const health = this.former?.livesSince(this.since) ? "connected" : this.health;
    return { userId, stream, health, speaking, look, trace };
  }

  get doubtful(): boolean {
    return this.health === "connected" && this.newest.pulse.doubtful;
  }

  /** Offers, if nothing has been offered yet. */
  start(): void {
    if (!this.newest.peer.started) this.newest.peer.start();
  }

  async receiveDescription(description: Description): Promise<void> {
    const judgement = this.newest.peer.judge(description);
    if (judgement === "start") this.start();
    if (judgement === "replace") this.replace();
    if (judgement === "accept" || judgement === "replace") await this.newest.peer.accept(description);
  }

  receiveCandidate(candidate: Candidate): Promise<void> {
    return this.newest.peer.receiveCandidate(candidate);
  }

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.tracks = { ...this.tracks, [kind]: track };
    await Promise.all(this.strands.map(({ peer }) => peer.setTrack(kind, track)));
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
    for (const { peer } of this.strands) peer.refresh(setup);
  }

  /** Says how things stand; only life from now on says otherwise. */
  mark(health: "reconnecting" | "lost"): void {
    this.health = health;
    this.expectLife();
  }

  close(): void {
    this.closed = true;
    for (const { peer } of this.strands) peer.close();
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
    this.vitals.note(before ?? now);
    if (this.health === "connected") return diagnose(newest.peer.state, newest.pulse, now.at, this.givesWay);
    if (newest.livesSince(this.since)) return this.settleOn(newest);
    const fault = overdue(this.since, now.at, this.patience);
    if (fault && former?.livesSince(this.since)) return this.settleOn(former);
    return fault && this.isAway() ? null : fault;
  }

  private get strands(): Strand[] {
    return this.former ? [this.newest, this.former] : [this.newest];
  }

  private get givesWay(): number {
    return isPolite(this.myPage, this.page) ? GIVE_WAY_MS : 0;
  }

  private get patience(): number {
    const hasty = this.hasty && this.newest.peer.bound;
    return (hasty ? RECONNECT_WITHIN_MS : CONNECT_WITHIN_MS) + this.givesWay;
  }

  /** Whether they have not even answered: then no path is to blame, and they are offered again what waits for them. */
  private isAway(): boolean {
    if (this.newest.peer.bound) return false;
    this.replace();
    this.start();
    return true;
  }

  /** From now on the connection has its time to come to life. */
  private expectLife(): void {
    this.since = performance.now();
  }

  /** This one carries the call; there is no need for any other. */
  private settleOn(strand: Strand): null {
    for (const other of this.strands) if (other !== strand) other.peer.close();
    if (this.former) this.vitals.beginAnew();
    this.newest = strand;
    this.former = null;
    strand.carried = true;
    this.health = "connected";
    this.show();
    return null;
  }

  private replace(): void {
    if (this.newest.carried && this.former === null) this.former = this.newest;
    else this.newest.peer.close();
    if (this.health === "connected") this.health = "reconnecting";
    this.expectLife();
    this.hasty = false;
    this.newest = this.connect();
  }

  private connect(): Strand {
    const events: PeerEvents = {
      onDescription: this.events.onDescription,
      onCandidate: this.events.onCandidate,
      onTrack: (track) => this.take(strand, track),
      onState: this.events.onChange,
    };
    const strand = new Strand(new Peer(this.page, this.myPage, this.setup, this.tracks, events));
    return strand;
  }

  private take(strand: Strand, track: MediaStreamTrack): void {
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
