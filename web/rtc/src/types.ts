/** What calls, rooms and monitors say to each other. Imports nothing. */

export type Kind = "audio" | "video";

export const KINDS: Kind[] = ["audio", "video"];

export type Tracks = Record<Kind, MediaStreamTrack | null>;

/** What somebody sends right now; others see it beside their name. */
export type MediaState = { audio: boolean; video: boolean; screen: boolean };

export type Description = { type: RTCSdpType; sdp: string };

export type Candidate = {
  candidate: string;
  sdpMid?: string;
  sdpMLineIndex?: number;
  usernameFragment?: string;
};

/**
 * ICE servers; `relayOnly` when the server has decided that only TURN may be used. Credentials end: new ones are asked
 * for after `refreshAfterMs`.
 */
export type IceSetup = { iceServers: RTCIceServer[]; relayOnly: boolean; refreshAfterMs?: number };

export type ErrorType = "ice_failed" | "connection_timeout" | "media_failed" | "signaling_failed";

export type Fault = { errorType: ErrorType; details: string };

/** One sample of how well a session is connected. Bits per second, per cent, and milliseconds. */
export type Sample = { bitrate: number; packetLoss: number; latency: number; jitter: number };

/** Numbers that grow only while the other side is heard, by their field and the id of their entry. */
export type Counters = ReadonlyMap<string, number>;

/**
 * One look at a connection, added up over its streams. The counters tell whether the other side is heard: `packets`
 * count everything that it sends, `checks` connectivity checks, and `asked` the checks that this side sends. A value
 * that the browser does not report is undefined where zero would mean something.
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
  /** The kind of way that this side takes, as ICE names it; empty while there is none, or none is told. */
  candidateType: string;
  /** The loudest sound at this moment, from 0 to 1. */
  audioLevel: number;
  /** The energy of all sound so far, and the seconds that it was measured over. */
  sound: { energy: number; seconds: number } | undefined;
  availableBitrate: number | undefined;
  /** How the transport is, where the report says so. */
  state: RTCPeerConnectionState | undefined;
  packets: Counters;
  checks: Counters;
  asked: Counters;
};

/** One point of the curves that a person sees. */
export type StatsPoint = Sample & { at: number };

export type Health = "connecting" | "connected" | "reconnecting" | "lost";

/** One other person, as a room has them. The stream stays the same while connections come and go. */
export type PeerView = {
  userId: string;
  stream: MediaStream;
  health: Health;
  speaking: boolean;
  look: StatsSnapshot | undefined;
  trace: StatsPoint[];
};

/** What is happening to the call, beyond single people: everything else is the page's to word. */
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

/** `refusal`: why the server does not let this page back into the call, if it does not. */
export type RoomView = { peers: PeerView[]; notice: Notice | null; average: Sample | null; refusal: unknown };
