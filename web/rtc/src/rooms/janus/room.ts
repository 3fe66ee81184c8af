/**
 * A room at a Janus media server: one connection to send on, one to receive all other members on.
 *
 * The server decides who is in the call and under which feed name they send. The media server only lists the names, and
 * lets a member take any. Once its socket closes, the session is over, whatever the state of the connections. A silent
 * session is not repaired: another one is opened beside it, like connections between two members (mesh/remotePeer.ts).
 */

import type { IceSetup, Kind, Tracks } from "../../types";
import type { RemoteParticipant } from "../participant";
import type { Failure, LocalParticipant } from "../room";
import { ServerRoom } from "../serverRoom";
import type { JanusConnection } from "./connection";
import { JanusSession } from "./session";

export class JanusRoom extends ServerRoom<JanusSession> {
  private feeds: ReadonlyMap<string, string> = new Map();
  /** The former session, kept until the new one carries the call. */
  private former: JanusSession | null = null;
  private broken: JanusConnection[] = [];

  constructor(local: LocalParticipant, tracks: Tracks) {
    super(local, tracks);
    void this.enter();
  }

  get doubtful(): boolean {
    return this.session?.connections.some((connection) => connection.doubtful) ?? false;
  }

  get feed(): string | undefined {
    return this.session?.feed;
  }

  async setMembers(members: ReadonlyMap<string, string>, feeds: ReadonlyMap<string, string>): Promise<void> {
    this.feeds = feeds;
    this.participants.set(members);
    this.local.changed();
    this.watch();
  }

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.tracks[kind] = track;
    await Promise.all(this.sessions.map((session) => session.setTrack(kind, track)));
  }

  refresh(setup: IceSetup): void {
    for (const { connections } of this.sessions) for (const connection of connections) connection.refresh(setup);
  }

  async check(): Promise<Failure[]> {
    const { session } = this;
    // Until the server has said where to connect, no media server can be at fault.
    let fault = this.fault ?? session?.ended ?? null;
    this.broken = [];
    for (const connection of session?.connections ?? []) {
      const found = await connection.check();
      if (found) this.broken.push(connection);
      fault ??= found;
    }
    if (this.isConnected && session) session.carried = true;
    await this.checkFormer();
    if (session !== this.session) return [];
    if (session) this.participants.note(session);
    return fault ? [{ target: this, fault }] : [];
  }

  mark(health: "reconnecting" | "lost"): void {
    for (const connection of this.broken) connection.expectLife();
    if (!this.isConnected || this.broken.length > 0) this.participants.mark(health);
  }

  protected async prepare(): Promise<() => JanusSession> {
    const { server, sessionId, logger } = this.local;
    const [entry, setup] = await Promise.all([server.enterRoom(sessionId), this.local.setup()]);
    const room = { feedOf: (userId: string) => this.feeds.get(userId), onFeeds: () => this.watch() };
    return () => new JanusSession(entry, setup, room, logger);
  }

  protected override onEntered(): void {
    this.local.publish();
  }

  /** Keep the session that carried the call last: its path may recover. */
  protected giveWay(): void {
    const old = this.session?.mayComeBack ? this.former : this.session;
    if (this.session !== old) this.former = this.session;
    old?.close();
    this.session = null;
  }

  protected close(): void {
    for (const session of this.sessions) session.close();
    this.session = this.former = null;
  }

  /** Close the former session once the new one carries the call, or return to it if it recovers first. */
  private async checkFormer(): Promise<void> {
    const { former } = this;
    for (const connection of former?.connections ?? []) await connection.check();
    if (!former || former !== this.former) return;
    if (this.carriesAll) {
      former.close();
      this.former = null;
    } else if (former.isConnected) {
      this.goBackTo(former);
    }
  }

  private goBackTo(former: JanusSession): void {
    this.attempt += 1;
    this.session?.close();
    this.session = former;
    this.former = null;
    this.fault = null;
    this.local.publish();
    this.watch();
  }

  private get carriesAll(): boolean {
    const arrived = ({ userId, view }: RemoteParticipant) =>
      view.health === "connected" || !this.session?.feedOf(userId);
    return this.isConnected && this.participants.all.every(arrived);
  }

  private get sessions(): JanusSession[] {
    return [this.session, this.former].filter((one) => one !== null);
  }

  /** Watch all members who are present, and show their media. */
  private watch(): void {
    const { session } = this;
    session
      ?.watch(this.participants.userIds)
      .then(() => session === this.session && this.show())
      .catch((error) => session.end(`somebody cannot be watched: ${error}`));
  }
}
