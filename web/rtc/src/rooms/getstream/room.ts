/**
 * A room at GetStream, through the SDK that the deployment provides.
 *
 * The server decides who is in the call; GetStream reports which of them send. The SDK repairs its own connections.
 * When that takes too long or it gives up, the server is asked, as for any other room. A new session then uses a new
 * client.
 */

import type { Kind, Tracks } from "../../types";
import type { Failure, LocalParticipant } from "../room";
import { ServerRoom } from "../serverRoom";
import type { StreamFacts } from "./sdk";
import { GetStreamSession } from "./session";

export class GetStreamRoom extends ServerRoom<GetStreamSession> {
  constructor(
    local: LocalParticipant,
    private readonly facts: StreamFacts,
    tracks: Tracks,
  ) {
    super(local, tracks);
    void this.enter();
  }

  get doubtful(): boolean {
    return this.session?.doubtful ?? false;
  }

  async setMembers(members: ReadonlyMap<string, string>): Promise<void> {
    this.participants.set(members);
    this.session?.watch(members.keys());
    this.show();
  }

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.tracks[kind] = track;
    await this.session?.setTracks(this.tracks);
  }

  /** GetStream has its own relays. */
  refresh(): void {}

  async check(): Promise<Failure[]> {
    // Until the server has said where to connect, GetStream cannot be at fault.
    const fault = this.fault ?? this.session?.check() ?? null;
    this.participants.note(this.session);
    return fault ? [{ target: this, fault }] : [];
  }

  mark(health: "reconnecting" | "lost"): void {
    this.session?.expectLife();
    if (!this.isConnected) this.participants.mark(health);
  }

  protected async prepare(): Promise<() => GetStreamSession> {
    const { facts, local } = this;
    const { me, server, logger } = local;
    const entry = await server.enterCall(local.sessionId);
    const renew = async () => server.enterCall(await local.session());
    return () => {
      const session = new GetStreamSession({ facts, me, entry, renew, logger, onChange: () => this.show() });
      session.watch(this.participants.userIds);
      return session;
    };
  }

  protected giveWay(): void {
    this.close();
  }

  protected close(): void {
    this.session?.close();
    this.session = null;
  }
}
