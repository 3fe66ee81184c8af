/**
 * One connection to one page of a member: perfect negotiation with trickled candidates.
 *
 * The side that starts creates both media lines and offers; the other adopts them when it answers. Tracks can then
 * change at any time without another negotiation. A failed connection is not repaired but replaced, see `decide`: if
 * both sides replace it at once, the polite side gives way.
 */

import { isPolite, newLink } from "../../ids";
import { type Report, reportOf } from "../../monitor/report";
import { readStats, withLevel } from "../../monitor/stats";
import { configuration, stateOf } from "../../peerConfig";
import type { Candidate, Description, IceSetup, Kind, StatsSnapshot, Tracks } from "../../types";
import { LocalLines } from "./localLines";
import { addTag, readTag, type SdpTag } from "./sdpTag";

export type NegotiationEvents = {
  onDescription(description: Description): void;
  onCandidate(candidate: Candidate): void;
  onTrack(track: MediaStreamTrack): void;
  onState(): void;
  onWarning(message: string, cause: unknown): void;
};

/** What to do with a description: accept it, ignore it, accept it on a new connection, or start from this side. */
export type Decision = "accept" | "ignore" | "replace" | "start";

export class Negotiation {
  readonly link = newLink();
  private readonly connection: RTCPeerConnection;
  private readonly lines: LocalLines;
  private readonly polite: boolean;
  private remoteLink: string | null = null;
  private waiting: Candidate[] = [];
  private makingOffer = false;
  private over: () => void = () => undefined;
  private readonly ended = new Promise<void>((done) => {
    this.over = done;
  });

  constructor(
    readonly remotePage: string,
    private readonly myPage: string,
    setup: IceSetup,
    tracks: Tracks,
    private readonly events: NegotiationEvents,
  ) {
    this.polite = isPolite(myPage, remotePage);
    this.connection = new RTCPeerConnection(configuration(setup));
    this.lines = new LocalLines(this.connection, tracks);
    this.connection.ontrack = ({ track }) => this.events.onTrack(track);
    this.connection.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate) this.events.onCandidate(plain(candidate));
    };
    this.connection.onconnectionstatechange = () => this.events.onState();
    this.connection.oniceconnectionstatechange = () => this.events.onState();
    this.connection.onnegotiationneeded = () => void this.offer();
  }

  get state(): RTCPeerConnectionState {
    return stateOf(this.connection);
  }

  /** Whether the other side has answered or offered. */
  get answered(): boolean {
    return this.remoteLink !== null;
  }

  /** Whether this side has offered. */
  get started(): boolean {
    return this.lines.exist;
  }

  /** Create the media lines and offer. */
  start(): void {
    this.lines.create();
  }

  decide(description: Description): Decision {
    const address = readTag(description);
    const signalling = this.connection.signalingState;
    if (address && address.toPage !== this.myPage) return "ignore";
    if (description.type !== "offer") {
      const mine = address === null || address.to === null || address.to === this.link;
      return mine && signalling === "have-local-offer" ? "accept" : "ignore";
    }
    if (address && address.to !== null && address.to !== this.link) return this.started ? "ignore" : "start";
    const busy = this.makingOffer || signalling !== "stable";
    if (!this.answered) {
      if (!busy && !this.started) return "accept";
      return this.polite ? "replace" : "ignore";
    }
    if (linkOf(address) !== this.remoteLink) return "replace";
    return busy && !this.polite ? "ignore" : "accept";
  }

  /** Accept a description that `decide` approved, and answer an offer. */
  accept(description: Description): Promise<void> {
    return this.unlessClosed(this.take(description));
  }

  receiveCandidate(candidate: Candidate): Promise<void> {
    if (this.connection.remoteDescription) return this.unlessClosed(this.addCandidate(candidate));
    this.waiting.push(candidate);
    return Promise.resolve();
  }

  /** Use new credentials from the next gathering on; the choice of paths stays as it was. */
  refresh({ iceServers }: IceSetup): void {
    const pc = this.connection;
    if (pc.signalingState !== "closed") pc.setConfiguration?.({ ...pc.getConfiguration(), iceServers });
  }

  /** Replace the track of one kind; null sends nothing of that kind. */
  setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    return this.lines.setTrack(kind, track);
  }

  async measure(): Promise<StatsSnapshot> {
    const report = await Promise.race([reportOf(this.connection), this.ended.then((): Report => [])]);
    const receivers = this.connection.getTransceivers().map(({ receiver }) => receiver);
    return withLevel(readStats(report, performance.now()), receivers);
  }

  close(): void {
    const pc = this.connection;
    pc.ontrack = pc.onicecandidate = pc.onnegotiationneeded = null;
    pc.onconnectionstatechange = pc.oniceconnectionstatechange = null;
    pc.close();
    this.over();
  }

  /** Browsers never settle pending work on a closed connection, so nothing may wait for it. */
  private unlessClosed(work: Promise<void>): Promise<void> {
    return Promise.race([work, this.ended]);
  }

  private async take(description: Description): Promise<void> {
    const pc = this.connection;
    await pc.setRemoteDescription(description);
    this.remoteLink = linkOf(readTag(description));
    for (const candidate of this.waiting.splice(0)) await this.addCandidate(candidate);
    if (description.type !== "offer") return;
    await this.lines.adopt();
    await pc.setLocalDescription();
    this.sendDescription();
  }

  private async offer(): Promise<void> {
    try {
      this.makingOffer = true;
      await this.connection.setLocalDescription();
      this.sendDescription();
    } catch (error) {
      this.events.onWarning("an offer could not be made", error);
    } finally {
      this.makingOffer = false;
    }
  }

  private sendDescription(): void {
    const local = this.connection.localDescription;
    if (!local) return;
    const address: SdpTag = { from: this.link, toPage: this.remotePage, to: this.addressee() };
    this.events.onDescription(addTag({ type: local.type, sdp: local.sdp }, address));
  }

  private addressee(): string | null {
    return this.remoteLink === FOREIGN ? null : this.remoteLink;
  }

  private async addCandidate(candidate: Candidate): Promise<void> {
    if (!this.expects(candidate)) return;
    try {
      await this.connection.addIceCandidate(candidate);
    } catch (error) {
      this.events.onWarning("a candidate was not accepted", error);
    }
  }

  /** Whether a candidate belongs here: not to an ignored offer or a replaced connection. */
  private expects(candidate: Candidate): boolean {
    const fragment = candidate.usernameFragment;
    return !fragment || (this.connection.remoteDescription?.sdp.includes(`a=ice-ufrag:${fragment}\r\n`) ?? false);
  }
}

const FOREIGN = "foreign";

function linkOf(address: SdpTag | null): string {
  return address?.from ?? FOREIGN;
}

function plain(candidate: RTCIceCandidate): Candidate {
  return {
    candidate: candidate.candidate,
    ...(candidate.sdpMid != null && { sdpMid: candidate.sdpMid }),
    ...(candidate.sdpMLineIndex != null && { sdpMLineIndex: candidate.sdpMLineIndex }),
    ...(candidate.usernameFragment != null && { usernameFragment: candidate.usernameFragment }),
  };
}
