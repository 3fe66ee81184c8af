/**
 * One other person in the call: a stream that stays the same while the connections behind it come and go, and how the
 * present connection is.
 */

import { type Kind, Peer, type PeerEvents, type Tracks } from "./peer";
import type { Line, PeerView } from "./room";
import type { Candidate, Description, IceSetup } from "./signalling";
import { Vitals } from "./vitals";
import { diagnose, type Fault, overdue, Pulse } from "./watchdog";

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
  private peer: Peer;
  private pulse = new Pulse();
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
    this.peer = this.connect();
  }

  get view(): PeerView {
    const { userId, stream, health } = this;
    const { look, trace, speaking } = this.vitals;
    return { userId, stream, health, speaking, look, trace };
  }

  /** Offers, if nothing has been offered yet. */
  start(): void {
    if (!this.peer.started) this.peer.start();
  }

  async receiveDescription(description: Description): Promise<void> {
    const judgement = this.peer.judge(description);
    if (judgement === "start") this.start();
    if (judgement === "replace") this.replace();
    if (judgement === "accept" || judgement === "replace") await this.peer.accept(description);
  }

  receiveCandidate(candidate: Candidate): Promise<void> {
    return this.peer.receiveCandidate(candidate);
  }

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.tracks = { ...this.tracks, [kind]: track };
    await this.peer.setTrack(kind, track);
  }

  /** Tries anew: first the same connection over another path; when that did not help, another connection. */
  recover(setup: IceSetup, nth: number): void {
    if (this.closed) return;
    this.setup = setup;
    this.expectLife();
    if (nth === 1 && this.peer.bound && this.peer.state !== "closed") {
      this.peer.restart(setup);
    } else {
      this.replace();
      this.peer.start();
    }
  }

  /** Uses these ICE servers from now on. */
  refresh(setup: IceSetup): void {
    this.setup = setup;
    this.peer.refresh(setup);
  }

  /** Says how things stand; only life from now on says otherwise. */
  mark(health: "reconnecting" | "lost"): void {
    this.health = health;
    this.expectLife();
  }

  /** From now on the connection has its time to come to life. */
  private expectLife(): void {
    this.since = performance.now();
  }

  close(): void {
    this.closed = true;
    this.peer.close();
    for (const track of this.stream.getTracks()) this.stream.removeTrack(track);
  }

  /** Looks at the connection; returns what is wrong with it, if anything. */
  async look(): Promise<Fault | null> {
    const peer = this.peer;
    const now = await peer.look();
    if (peer !== this.peer) return null;
    this.pulse.note(now);
    this.vitals.note(now);
    if (this.health === "connected") return diagnose(peer.state, this.pulse, now.at);
    if (peer.state === "connected" && this.pulse.beatSince(this.since)) {
      this.health = "connected";
      return null;
    }
    return overdue(this.since, now.at);
  }

  private replace(): void {
    this.peer.close();
    this.pulse = new Pulse();
    this.vitals.beginAnew();
    this.expectLife();
    if (this.health === "connected") this.health = "reconnecting";
    this.peer = this.connect();
  }

  private connect(): Peer {
    const events: PeerEvents = {
      onDescription: this.events.onDescription,
      onCandidate: this.events.onCandidate,
      onTrack: (track) => this.take(track),
      onState: this.events.onChange,
    };
    return new Peer(this.page, this.myPage, this.setup, this.tracks, events);
  }

  private take(track: MediaStreamTrack): void {
    for (const old of this.stream.getTracks()) {
      if (old.kind === track.kind && old !== track) this.stream.removeTrack(old);
    }
    this.stream.addTrack(track);
    this.events.onChange();
  }
}
