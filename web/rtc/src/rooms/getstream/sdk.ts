/**
 * The part of GetStream's browser SDK that a room uses (`@stream-io/video-client`, as of 1.58.0).
 *
 * The operator supplies the SDK as a file; it is not part of this page: see docs/decisions. Anything not declared here
 * is not used.
 */

/** The SDK's numbers for the kinds of media. */
export const AUDIO = 1;
export const VIDEO = 2;
export const SCREEN_SHARE = 3;
/** The SDK's name for the state of a joined call; in any other state nothing can be expected to arrive. */
export const JOINED = "joined";
/** The states of a call that the SDK has given up. */
export const GIVEN_UP = ["left", "reconnecting-failed"];

export type Size = { width: number; height: number };
type Wishes = Record<string, { dimension: Size }>;

/** A value that is emitted on every change, and immediately to new subscribers. */
export interface Observable<T> {
  subscribe(next: (value: T) => void): { unsubscribe(): void };
}

/**
 * One page of a user in a call. A user may have several; `joinedAt` tells which is the newest. A stream remains after
 * publishing stops.
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

/** The browser's reports on the two connections to the media server, each while it exists. */
export type Reports = { publisherRawStats?: RTCStatsReport; subscriberRawStats?: RTCStatsReport };

export interface StreamCall {
  readonly state: {
    readonly callingState$: Observable<string>;
    readonly participants$: Observable<Participant[]>;
    readonly callStatsReport$: Observable<Reports | undefined>;
    /** The size in which a participant's pictures are wanted; without one they do not come. */
    updateParticipantTracks(kind: "videoTrack" | "screenShareTrack", wishes: Wishes): void;
  };
  /** The SDK's own camera and microphone. They are unused: this page sends its own tracks. */
  readonly camera: { disable(): Promise<void> };
  readonly microphone: { disable(): Promise<void>; disableSpeakingWhileMutedNotification(): Promise<void> };
  readonly audioBindingsWatchdog?: { setEnabled(on: boolean): void };
  /** Replaced after every reconnection of the SDK; the new one publishes nothing yet. */
  readonly publisher?: { isPublishing(kind: number): boolean };
  setStatsReportingIntervalInMs(ms: number): void;
  /** Ask the media server for the pictures that are wanted. */
  setPreferredIncomingVideoResolution(size: Size, sessionIds: string[]): void;
  join(): Promise<void>;
  /** Publish a copy of the stream's track: the original's `enabled` has no effect on it. */
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
  /** How often, and for how long, to try to connect. */
  maxConnectUserRetries: number;
  defaultWsTimeout: number;
  /** How long the search for the nearest media server may take. */
  locationHintTimeout: number;
  /** Whether to report the progress of a call to GetStream. */
  clientEventsReportingEnabled: boolean;
};

export interface StreamModule {
  StreamVideoClient: new (given: { apiKey: string; options: StreamOptions }) => StreamClient;
}

/** What a deployment with the SDK provides: the app's key, the type of calls, and a loader for the SDK. */
export type StreamFacts = {
  apiKey: string;
  callType: string;
  baseUrl?: string;
  load(): Promise<StreamModule>;
};
