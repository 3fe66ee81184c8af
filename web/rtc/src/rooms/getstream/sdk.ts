/**
 * The shape of GetStream's client for browsers that a room there relies on (`@stream-io/video-client`, read at 1.58.0).
 *
 * The client is its operator's own file and no part of this page: see docs/decisions. What is not named here is not used.
 */

/** Their numbers of what somebody sends. */
export const AUDIO = 1;
export const VIDEO = 2;
export const SCREEN_SHARE = 3;
/** Their name of the state of a call that one is in; in any other one nothing can be expected to come. */
export const JOINED = "joined";
/** The states of a call that their client has given up. */
export const GIVEN_UP = ["left", "reconnecting-failed"];

export type Size = { width: number; height: number };
type Wishes = Record<string, { dimension: Size }>;

/** A value that is told when it changes, and at once to whoever begins to listen. */
export interface Observable<T> {
  subscribe(next: (value: T) => void): { unsubscribe(): void };
}

/**
 * One page of somebody in a call. A person may have several; `joinedAt` says which is the newest. A stream stays when
 * nothing is sent by it any more.
 */
export type Participant = {
  sessionId: string;
  userId: string;
  isLocalParticipant?: boolean;
  joinedAt?: { seconds: string | number | bigint; nanos: number };
  publishedTracks: number[];
  audioStream?: MediaStream;
  videoStream?: MediaStream;
  screenShareStream?: MediaStream;
};

/** What the browser says of the two connections to their media server, each while there is one. */
export type Reports = { publisherRawStats?: RTCStatsReport; subscriberRawStats?: RTCStatsReport };

export interface StreamCall {
  readonly state: {
    readonly callingState$: Observable<string>;
    readonly participants$: Observable<Participant[]>;
    readonly callStatsReport$: Observable<Reports | undefined>;
    /** In which size somebody's pictures are wanted; without one they do not come. */
    updateParticipantTracks(kind: "videoTrack" | "screenShareTrack", wishes: Wishes): void;
  };
  /** Their own camera and microphone, which are not used: what is sent is this page's. */
  readonly camera: { disable(): Promise<void> };
  readonly microphone: { disable(): Promise<void>; disableSpeakingWhileMutedNotification(): Promise<void> };
  readonly audioBindingsWatchdog?: { setEnabled(on: boolean): void };
  /** Another one after every reconnection of theirs, which sends nothing yet. */
  readonly publisher?: { isPublishing(kind: number): boolean };
  setStatsReportingIntervalInMs(ms: number): void;
  /** Asks the media server for the pictures that are wanted. */
  setPreferredIncomingVideoResolution(size: Size, sessionIds: string[]): void;
  join(): Promise<void>;
  /** Sends a copy of the stream's track: the original's `enabled` has no effect on it. */
  publish(stream: MediaStream, kind: number): Promise<void>;
  stopPublish(kind: number): Promise<void>;
  leave(): Promise<void>;
}

export interface StreamClient {
  connectUser(user: { id: string }, token: () => Promise<string>): Promise<unknown>;
  call(type: string, id: string): StreamCall;
  disconnectUser(): Promise<void>;
}

export type StreamOptions = {
  baseURL?: string;
  /** How often connecting is tried before it has failed, and for how long. */
  maxConnectUserRetries: number;
  defaultWsTimeout: number;
  /** How long finding the nearest of their media servers may take. */
  locationHintTimeout: number;
  /** Whether the course of a call is reported to GetStream. */
  clientEventsReportingEnabled: boolean;
};

export interface StreamModule {
  StreamVideoClient: new (given: { apiKey: string; options: StreamOptions }) => StreamClient;
}

/** What a deployment with the client tells the page: the key of its app, the type of its calls, and how to get the client. */
export type StreamFacts = {
  apiKey: string;
  callType: string;
  baseUrl?: string;
  load(): Promise<StreamModule>;
};
