/**
 * A peer connection without a network: it keeps the signalling state as the standard has it, writes its credentials
 * into its SDP, and refuses what a browser refuses. Two of them are connected once each has taken the other's answer.
 * What is under way when it is closed never ends, as the standard wants it.
 */

const CHECK_EVERY_MS = 2_500;
let counted = 0;

class FakeSender {
  track: MediaStreamTrack | null = null;
  async replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    this.track = track;
  }
  setStreams(): void {}
}

class FakeTransceiver {
  direction = "recvonly";
  readonly sender = new FakeSender();
  readonly receiver: { track: { kind: string } };
  constructor(
    kind: string,
    readonly mid: string,
  ) {
    this.receiver = { track: { kind } };
  }
}

export class FakeConnection {
  static all: FakeConnection[] = [];
  /** How long every change takes. */
  static slownessMs = 0;
  signalingState: RTCSignalingState = "stable";
  connectionState: RTCPeerConnectionState = "new";
  localDescription: RTCSessionDescriptionInit | null = null;
  remoteDescription: RTCSessionDescriptionInit | null = null;
  ontrack: unknown = null;
  onicecandidate: ((event: { candidate: unknown }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  onnegotiationneeded: (() => void) | null = null;
  /** What arrives here, for getStats. */
  packets = 0;
  checks = 0;
  readonly candidates: string[] = [];
  readonly fingerprint = `fp${++counted}`;
  private readonly ufrag = `u${counted}.1`;
  private readonly transceivers: FakeTransceiver[] = [];
  private before: RTCSessionDescriptionInit | null = null;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(public configuration: RTCConfiguration) {
    FakeConnection.all.push(this);
  }

  addTransceiver(trackOrKind: MediaStreamTrack | string): FakeTransceiver {
    const kind = typeof trackOrKind === "string" ? trackOrKind : trackOrKind.kind;
    const made = new FakeTransceiver(kind, String(this.transceivers.length));
    if (typeof trackOrKind !== "string") made.sender.track = trackOrKind;
    made.direction = "sendrecv";
    this.transceivers.push(made);
    if (this.transceivers.length === 1) queueMicrotask(() => this.onnegotiationneeded?.());
    return made;
  }

  getTransceivers(): FakeTransceiver[] {
    return this.transceivers;
  }

  setConfiguration(configuration: RTCConfiguration): void {
    if (this.connectionState === "closed") throw new DOMException("closed", "InvalidStateError");
    this.configuration = configuration;
  }

  getConfiguration(): RTCConfiguration {
    return this.configuration;
  }

  async createOffer(): Promise<{ type: "offer" }> {
    return { type: "offer" };
  }

  async createAnswer(): Promise<{ type: "answer" }> {
    return { type: "answer" };
  }

  setLocalDescription(): Promise<void> {
    return this.inTurn(() => this.describe());
  }

  setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    return this.inTurn(() => this.agreeOn(description));
  }

  addIceCandidate(candidate: { usernameFragment?: string }): Promise<void> {
    return this.inTurn(() => this.take(candidate));
  }

  private inTurn(change: () => void): Promise<void> {
    if (this.signalingState === "closed") return Promise.reject(new DOMException("closed", "InvalidStateError"));
    const done = this.turn.then(async () => {
      const ms = FakeConnection.slownessMs;
      if (ms > 0) await new Promise((passed) => setTimeout(passed, ms));
      if (this.signalingState === "closed") await new Promise(() => undefined);
      change();
    });
    this.turn = done.catch(() => undefined);
    return done;
  }

  private describe(): void {
    const type: RTCSdpType = this.signalingState === "have-remote-offer" ? "answer" : "offer";
    this.before = this.localDescription;
    this.localDescription = { type, sdp: this.sdp() };
    this.signalingState = type === "offer" ? "have-local-offer" : "stable";
    if (type === "answer") this.agreed();
    const usernameFragment = this.ufrag;
    queueMicrotask(() => this.onicecandidate?.({ candidate: candidateOf(usernameFragment) }));
  }

  private agreeOn(description: RTCSessionDescriptionInit): void {
    const wanted = description.type === "answer" ? "have-local-offer" : "stable";
    if (description.type === "offer" && this.signalingState === "have-local-offer") {
      this.localDescription = this.before;
      this.signalingState = "stable";
    }
    if (this.signalingState !== wanted) throw new DOMException(this.signalingState, "InvalidStateError");
    const known = this.remoteDescription && fingerprintOf(this.remoteDescription);
    if (known && known !== fingerprintOf(description)) throw new DOMException("another peer", "OperationError");
    this.remoteDescription = description;
    this.signalingState = description.type === "offer" ? "have-remote-offer" : "stable";
    for (const kind of description.type === "offer" ? linesIn(description).slice(this.transceivers.length) : []) {
      this.transceivers.push(new FakeTransceiver(kind, String(this.transceivers.length)));
    }
    if (description.type === "answer") this.agreed();
  }

  private take(candidate: { usernameFragment?: string }): void {
    if (!this.remoteDescription?.sdp?.includes(`a=ice-ufrag:${candidate.usernameFragment}\r\n`)) {
      throw new DOMException("unknown ufrag", "OperationError");
    }
    this.candidates.push(candidate.usernameFragment ?? "");
  }

  async getStats(): Promise<Map<string, unknown>> {
    const frames = { type: "inbound-rtp", framesDecoded: this.packets, packetsReceived: this.packets };
    return new Map<string, unknown>([
      ["t", { type: "transport", selectedCandidatePairId: "p", packetsReceived: this.packets }],
      [
        "p",
        {
          type: "candidate-pair",
          responsesReceived: this.checks,
          requestsSent: Math.floor(performance.now() / CHECK_EVERY_MS),
        },
      ],
      ...this.transceivers.map(({ mid }) => [`in${mid}`, { ...frames, mid }] as [string, unknown]),
    ]);
  }

  /** Something arrives: the first time once the two have agreed, it is what connects them. */
  hear(): void {
    this.packets += 1;
    this.checks += 1;
    if (this.connectionState !== "connecting") return;
    this.connectionState = "connected";
    this.onconnectionstatechange?.();
  }

  /** Whether the two have agreed on each other: from then on something can arrive. */
  get agreedOn(): boolean {
    return this.connectionState === "connecting" || this.connectionState === "connected";
  }

  /** Whether there is somebody at the other end. */
  get isHeard(): boolean {
    return this.other !== undefined && this.other.signalingState !== "closed";
  }

  close(): void {
    this.signalingState = "closed";
    this.connectionState = "closed";
  }

  /** The connection on the other side, if the two have agreed on each other. */
  get other(): FakeConnection | undefined {
    const wanted = this.remoteDescription && fingerprintOf(this.remoteDescription);
    return FakeConnection.all.find(
      (one) =>
        one.fingerprint === wanted &&
        one.remoteDescription !== null &&
        fingerprintOf(one.remoteDescription) === this.fingerprint,
    );
  }

  private agreed(): void {
    if (this.connectionState === "new") this.connectionState = "connecting";
    this.onconnectionstatechange?.();
  }

  private sdp(): string {
    const lines = this.transceivers.map(({ receiver }) => `m=${receiver.track.kind}\r\n`).join("");
    return `v=0\r\na=fingerprint:${this.fingerprint}\r\na=ice-ufrag:${this.ufrag}\r\n${lines}`;
  }
}

function fingerprintOf(description: RTCSessionDescriptionInit): string | undefined {
  return /a=fingerprint:(\S+)/.exec(description.sdp ?? "")?.[1];
}

function linesIn(description: RTCSessionDescriptionInit): string[] {
  return [...(description.sdp ?? "").matchAll(/m=(\w+)/g)].map(([, kind]) => kind ?? "");
}

function candidateOf(usernameFragment: string) {
  const candidate = { candidate: "c", sdpMid: "0", sdpMLineIndex: 0, usernameFragment };
  return { ...candidate, toJSON: () => candidate };
}

export class FakeStream {
  constructor(private tracks: MediaStreamTrack[] = []) {}
  getTracks(): MediaStreamTrack[] {
    return [...this.tracks];
  }
  addTrack(track: MediaStreamTrack): void {
    this.tracks.push(track);
  }
  removeTrack(track: MediaStreamTrack): void {
    this.tracks = this.tracks.filter((one) => one !== track);
  }
}
