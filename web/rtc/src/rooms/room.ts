/**
 * What every kind of room does: it carries media between the people of a call. A call (call.ts) says who is in it, looks
 * after it twice a second, and moves to another one when the server says so.
 */

import type { Logger } from "../logger";
import type { Signal, Signalling } from "../signalling";
import type { Fault, IceSetup, Kind, PeerView } from "../types";

/** Something that breaks and is mended by itself: a connection. */
export interface Recoverable {
  /** Says how things stand; only life from now on says otherwise. */
  mark(health: "reconnecting" | "lost"): void;
  /** Tries again; `nth` counts the tries since all was well. */
  recover(setup: IceSetup, nth: number): void;
}
export type Failure = { target: Recoverable; fault: Fault };

/** Whose room it is: the person, by their user id, the page, its present session, and how the server is reached. */
export interface LocalParticipant {
  readonly me: string;
  readonly page: string;
  readonly sessionId: string;
  readonly server: Signalling;
  readonly logger: Logger;
  /** That session, once it is one in which the server lets this page speak. */
  session(): Promise<string>;
  /** ICE servers with credentials that still last. */
  setup(): Promise<IceSetup>;
  /** Something that people see has changed. */
  changed(): void;
  /** What the others see of the session has changed, such as the name under which this page sends: they are told. */
  publish(): void;
}

export interface Room {
  readonly peers: PeerView[];
  /** Whether everything that media need is connected; where there is nothing but the people, true. */
  readonly whole: boolean;
  /** Whether media that flowed have just stopped: it may be nothing. */
  readonly doubtful: boolean;
  /** The name under which this page sends, where a media server gives the room's media names. */
  readonly feed?: string | undefined;
  /**
   * Takes who else is in the call, by user id, with the page they are on; and, of those who have said so, the feed under
   * which they send.
   */
  setPeople(people: ReadonlyMap<string, string>, feeds: ReadonlyMap<string, string>): Promise<void>;
  /** Takes a signal from the page on which that person is. */
  receive(signal: Signal): Promise<void>;
  setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void>;
  /** Uses these ICE servers from now on; what is connected stays so. */
  refresh(setup: IceSetup): void;
  /** Comes in again, because the room was closed meanwhile. */
  rejoin(): void;
  /** Looks at every connection; returns those that are broken, and why. */
  look(): Promise<Failure[]>;
  leave(): void;
}
