/**
 * The interface of every kind of room, which carries media between the members of a call. The call (call.ts) sets the
 * members, checks the room several times a second, and moves to another one when the server says so.
 */

import type { Logger } from "../logger";
import type { Signal, Signalling } from "../signalling";
import type { Fault, IceSetup, Kind, PeerView } from "../types";

/** A connection, or a group of them, that breaks and recovers as one. */
export interface Recoverable {
  /** Set the health, until new packets prove otherwise. */
  mark(health: "reconnecting" | "lost"): void;
  /** Try again; `nth` counts the attempts since all was well. */
  recover(setup: IceSetup, nth: number): void;
}
export type Failure = { target: Recoverable; fault: Fault };

/** The local side of a room: the member, the page, its present session, and how to reach the server. */
export interface LocalParticipant {
  readonly me: string;
  readonly page: string;
  readonly sessionId: string;
  readonly server: Signalling;
  readonly logger: Logger;
  /** Return the session, once the server accepts signals from it. */
  session(): Promise<string>;
  /** Return ICE servers with valid credentials. */
  setup(): Promise<IceSetup>;
  /** Report that the visible state has changed. */
  changed(): void;
  /** Publish the session's facts again, such as the feed name under which this page sends. */
  publish(): void;
}

export interface Room {
  readonly peers: PeerView[];
  /** Whether every connection that media need is up. Always true in a mesh. */
  readonly isConnected: boolean;
  /** Whether flowing media have just stopped, which may be harmless. */
  readonly doubtful: boolean;
  /** The feed name under which this page sends, where a media server names feeds. */
  readonly feed?: string | undefined;
  /** Set the other members of the call: their page by user id, and the feed name of those who have stated one. */
  setMembers(members: ReadonlyMap<string, string>, feeds: ReadonlyMap<string, string>): Promise<void>;
  /** Handle a signal from the page that its sender is on. */
  receive(signal: Signal): Promise<void>;
  setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void>;
  /** Use these ICE servers from now on, keeping existing connections. */
  refresh(setup: IceSetup): void;
  /** Enter again, because the room was closed meanwhile. */
  rejoin(): void;
  /** Check every connection; return the broken ones and their faults. */
  check(): Promise<Failure[]>;
  leave(): void;
}
