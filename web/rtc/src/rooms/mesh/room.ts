/** A room without a media server: one connection to each other member. */

import { isPolite } from "../../ids";
import type { Signal } from "../../signalling";
import type { Candidate, Description, IceSetup, Kind, PeerView, Tracks } from "../../types";
import type { Failure, LocalParticipant, Room } from "../room";
import { RemotePeer } from "./remotePeer";

export class MeshRoom implements Room {
  private readonly others = new Map<string, RemotePeer>();

  constructor(
    private readonly local: LocalParticipant,
    private tracks: Tracks,
  ) {}

  get peers(): PeerView[] {
    return [...this.others.values()].map((remote) => remote.view);
  }

  get isConnected(): boolean {
    return true;
  }

  get doubtful(): boolean {
    return [...this.others.values()].some((remote) => remote.doubtful);
  }

  async setMembers(members: ReadonlyMap<string, string>): Promise<void> {
    for (const [userId, remote] of this.others) if (members.get(userId) !== remote.page) this.drop(userId);
    for (const [userId, page] of members) {
      if (this.others.has(userId)) continue;
      // A member who cannot be reached must not affect the others; the next list of members is another attempt.
      await this.open(userId, page).catch((error) => this.local.logger.warn("could not connect to a member", error));
    }
  }

  async receive(signal: Signal): Promise<void> {
    const remote = this.others.get(signal.fromUserId);
    if (signal.type === "sdp") await remote?.receiveDescription(signal.data as Description);
    else await remote?.receiveCandidate(signal.data as Candidate);
  }

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.tracks = { ...this.tracks, [kind]: track };
    await Promise.all([...this.others.values()].map((remote) => remote.setTrack(kind, track)));
  }

  refresh(setup: IceSetup): void {
    for (const remote of this.others.values()) remote.refresh(setup);
  }

  /** A mesh has no room to close: it consists of its members. */
  rejoin(): void {}

  async check(): Promise<Failure[]> {
    const broken: Failure[] = [];
    for (const remote of this.others.values()) {
      const fault = await remote.check();
      if (fault) broken.push({ target: remote, fault });
    }
    return broken;
  }

  leave(): void {
    for (const userId of [...this.others.keys()]) this.drop(userId);
  }

  private async open(userId: string, page: string): Promise<void> {
    const { server } = this.local;
    const setup = await this.local.setup();
    const remote = new RemotePeer(userId, page, this.local.page, setup, this.tracks, {
      onChange: () => this.local.changed(),
      onWarning: (message, cause) => this.local.logger.warn(message, cause),
      onDescription: (description) => this.send((session) => server.sendDescription(session, userId, description)),
      onCandidate: (candidate) => this.send((session) => server.sendCandidate(session, userId, candidate)),
    });
    this.others.set(userId, remote);
    if (!isPolite(this.local.page, page)) remote.start();
    this.local.changed();
  }

  private drop(userId: string): void {
    this.others.get(userId)?.close();
    this.others.delete(userId);
    this.local.changed();
  }

  /** Send in order of the calls, as soon as there is a session. */
  private send(sending: (session: string) => Promise<void>): void {
    const sent = this.local.session().then(sending);
    sent.catch((error) => this.local.logger.warn("could not send a signal", error));
  }
}
