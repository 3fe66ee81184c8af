/** Data shared by calls, rooms and monitors. Imports nothing. */

export type Kind = "audio" | "video";

export const KINDS: Kind[] = ["audio", "video"];

export type Tracks = Record<Kind, MediaStreamTrack | null>;

/** The media a member sends; shown beside the name. */
export type MediaState = { audio: boolean; video: boolean; screen: boolean };

export type Description = { type: RTCSdpType; sdp: string };

export type Candidate = {
  candidate: string;
  sdpMid?: string;
  sdpMLineIndex?: number;
  usernameFragment?: string;
};

/**
 * ICE servers; `relayOnly` if the server allows only TURN. Credentials expire: new ones are requested after
 * `refreshAfterMs`.
 */
export type IceSetup = { iceServers: RTCIceServer[]; relayOnly: boolean; refreshAfterMs?: number };

export type ErrorType = "ice_failed" | "connection_timeout" | "media_failed" | "signaling_failed";

export type Fault = { errorType: ErrorType; details: string };

/** One sample of a session's connection quality, in bits per second, percent, and milliseconds. */
export type Sample = { bitrate: number; packetLoss: number; latency: number; jitter: number };

/** Counters that grow only while the other side is heard, by field and entry id. */
export type Counters = ReadonlyMap<string, number>;

/**
 * One sample of a connection, added up over its streams. The counters tell whether the other side is heard: `packets`
 * count everything it sends, `checks` its connectivity checks, and `asked` the checks of this side. A value that the
 * browser does not report is undefined where zero would have a meaning.
 */
export type StatsSnapshot = {
  at: number;
  bytesReceived: number;
  packetsReceived: number;
  packetsLost: number;
  framesDecoded: number;
  jitterMs: number;
  roundTripMs: number;
  relayed: boolean;
  /** The candidate type of this side's path, as ICE names it; empty if there is none or it is unknown. */
  candidateType: string;
  /** The loudest present sound, from 0 to 1. */
  audioLevel: number;
  /** The total energy of the sound, and the seconds over which it was measured. */
  sound: { energy: number; seconds: number } | undefined;
  availableBitrate: number | undefined;
  /** The state of the transport, if the report has it. */
  state: RTCPeerConnectionState | undefined;
  packets: Counters;
  checks: Counters;
  asked: Counters;
};

/** One point of the curves shown to the user. */
export type StatsPoint = Sample & { at: number };

export type Health = "connecting" | "connected" | "reconnecting" | "lost";

/** Another member, as a room presents them. The stream stays the same while connections are replaced. */
export type PeerView = {
  userId: string;
  stream: MediaStream;
  health: Health;
  speaking: boolean;
  stats: StatsSnapshot | undefined;
  trace: StatsPoint[];
};

/** What is happening to the call as a whole. The page chooses the words. */
export type Notice =
  | "opening"
  | "reconnecting"
  | "relay"
  | "lost"
  | "growing"
  | "movingToServer"
  | "movingToMesh"
  | "movedToServer"
  | "movedToMesh"
  | "closed"
  | "unsupported"
  | "replaced";

/** `refusal`: why the server keeps this page out of the call, if it does. */
export type RoomView = { peers: PeerView[]; notice: Notice | null; average: Sample | null; refusal: unknown };
