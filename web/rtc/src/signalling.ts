/** What the call needs from a signalling server, and nothing about how it is reached. */

import type { StreamFacts } from "./rooms/getstream/sdk";
import type { Candidate, Description, ErrorType, IceSetup, MediaState, Sample } from "./types";

/** A signal as the server delivers it: in order, descriptions before their candidates. */
export type Signal = {
  _id: string;
  sessionId: string;
  fromUserId: string;
  type: "sdp" | "ice";
  data: Description | Candidate;
};

export type SessionState = "connecting" | "connected" | "disconnected" | "failed" | "closed";
/**
 * What others see of a session: also in which room it is, by the generation of that, by what way it is there, and the
 * name under which it sends at a media server.
 */
export type SessionFacts = MediaState & { generation: number; candidateType?: string; feed?: string };

/** A live session of somebody in the meeting. Pages of others may say nothing of themselves. */
export type RemoteSession = {
  sessionId: string;
  userId: string;
  state: SessionState;
  metadata?: Partial<SessionFacts>;
};
/** The server's decision about a failed connection. `waitMs`: how long to wait before trying again. */
export type Verdict = { retryRecommended: boolean; fallbackProvider?: string; waitMs?: number };
/** Where a room of the media server is, and what lets one session in: under the name `feedId`. */
export type MediaEntry = { url: string; roomId: string; feedId: string; token?: string; apiToken?: string };

/** The call at GetStream that the room is, and what lets its person in for some minutes. */
export type CallEntry = { callId: string; token: string };

/** Which room the call is in. A new generation is another room, to which everybody moves. */
export type RoomState = {
  provider: string;
  generation: number;
  state: "ready" | "opening" | "closed";
  reason?: string;
  /** Where the room is about to move. */
  announced?: { provider: string };
};

/**
 * A call is carried out once or several times with the same effect. Calls that change something wait while the server is
 * away and are carried out in the order in which they are made. The others (`iceSetup`, `enterRoom`, `enterCall`,
 * `reportFailure`, `reportQuality`) reject with `Interrupted` when the connection to the server is lost.
 */
export interface Signalling {
  createSession(sessionId: string): Promise<void>;
  closeSession(sessionId: string): Promise<void>;
  /** Ends these sessions, and the person's place in the call if they have no other session in it. */
  leave(sessionIds: string[]): Promise<void>;
  /** Resolves once there is a connection to the server. */
  reachable(): Promise<void>;
  setState(sessionId: string, state: SessionState, facts: SessionFacts): Promise<void>;
  sendDescription(sessionId: string, to: string, description: Description): Promise<void>;
  sendCandidate(sessionId: string, to: string, candidate: Candidate): Promise<void>;
  acknowledge(signalIds: string[]): Promise<void>;
  iceSetup(sessionId: string): Promise<IceSetup>;
  /** Rejects when the room cannot be entered. */
  enterRoom(sessionId: string): Promise<MediaEntry>;
  /** The same for a room at GetStream. */
  enterCall(sessionId: string): Promise<CallEntry>;
  /** GetStream's client, or null where the deployment has none. */
  getStream(): Promise<StreamFacts | null>;
  /** There is reason to doubt that the server can be reached: it is found out soon, and mended if possible. */
  check(): void;
  reportFailure(sessionId: string, errorType: ErrorType, details: string): Promise<Verdict>;
  reportQuality(sessionId: string, sample: Sample): Promise<void>;
}
