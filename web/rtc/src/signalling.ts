/** The call's requirements on a signalling server, independent of how it is reached. */

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
 * The facts others see of a session: its media state, the generation of its room, how it is connected, and its feed
 * name at a media server.
 */
export type SessionFacts = MediaState & { generation: number; candidateType?: string; feed?: string };

/** A live session in the meeting. Pages of other clients may state no facts. */
export type RemoteSession = {
  sessionId: string;
  userId: string;
  state: SessionState;
  metadata?: Partial<SessionFacts>;
};
/** The server's decision about a failed connection. `waitMs`: how long to wait before trying again. */
export type Verdict = { retryRecommended: boolean; fallbackProvider?: string; waitMs?: number };
/** Where a room of the media server is, and the credentials for one session, named `feedId` there. */
export type MediaEntry = { url: string; roomId: string; feedId: string; token?: string; apiToken?: string };

/** The GetStream call of the room, and a token for the member that lasts some minutes. */
export type CallEntry = { callId: string; token: string };

/** The room of the call. A new generation is another room, to which every member moves. */
export type RoomState = {
  provider: string;
  generation: number;
  state: "ready" | "opening" | "closed";
  reason?: string;
  /** Where the room is about to move. */
  announced?: { provider: string };
};

/**
 * The calls to the server. Each is idempotent.
 *
 * Calls that change something wait while the server is unreachable and run in the order in which they are made. The
 * others (`iceSetup`, `enterRoom`, `enterCall`, `reportFailure`, `reportQuality`) reject with `Interrupted` when the
 * connection to the server is lost.
 */
export interface Signalling {
  createSession(sessionId: string): Promise<void>;
  closeSession(sessionId: string): Promise<void>;
  /** End these sessions; the member leaves the call if there is no other session in it. */
  leave(sessionIds: string[]): Promise<void>;
  /** Resolves once there is a connection to the server. */
  reachable(): Promise<void>;
  setState(sessionId: string, state: SessionState, facts: SessionFacts): Promise<void>;
  sendDescription(sessionId: string, to: string, description: Description): Promise<void>;
  sendCandidate(sessionId: string, to: string, candidate: Candidate): Promise<void>;
  acknowledge(signalIds: string[]): Promise<void>;
  iceSetup(sessionId: string): Promise<IceSetup>;
  /** Return the entry to a media server's room. Rejects if the room cannot be entered. */
  enterRoom(sessionId: string): Promise<MediaEntry>;
  /** The same for a room at GetStream. */
  enterCall(sessionId: string): Promise<CallEntry>;
  /** Return GetStream's SDK, or null if the deployment has none. */
  getStream(): Promise<StreamFacts | null>;
  /** Probe the connection to the server, and reconnect if it is dead. */
  check(): void;
  reportFailure(sessionId: string, errorType: ErrorType, details: string): Promise<Verdict>;
  reportQuality(sessionId: string, sample: Sample): Promise<void>;
}
