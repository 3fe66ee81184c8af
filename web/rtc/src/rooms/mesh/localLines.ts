/** The media lines of one connection that this side sends on: one sender for each kind, in one stream. */

import { KINDS, type Kind, type Tracks } from "../../types";

export class LocalLines {
  private readonly stream = new MediaStream();
  private readonly senders = new Map<Kind, RTCRtpSender>();

  constructor(
    private readonly connection: RTCPeerConnection,
    private tracks: Tracks,
  ) {}

  /** Whether there is any line. */
  get exist(): boolean {
    return this.senders.size > 0;
  }

  create(): void {
    for (const kind of KINDS) {
      const init: RTCRtpTransceiverInit = { direction: "sendrecv", streams: [this.stream] };
      this.senders.set(kind, this.connection.addTransceiver(this.tracks[kind] ?? kind, init).sender);
    }
  }

  /** Adopt the lines of an offer: this side's tracks are sent on them, now or later. */
  async adopt(): Promise<void> {
    for (const transceiver of this.connection.getTransceivers()) {
      const kind = transceiver.receiver.track.kind as Kind;
      if (this.senders.has(kind)) continue;
      transceiver.direction = "sendrecv";
      transceiver.sender.setStreams?.(this.stream);
      this.senders.set(kind, transceiver.sender);
      await transceiver.sender.replaceTrack(this.tracks[kind]);
    }
  }

  /** Replace the track of one kind; null sends nothing of that kind. */
  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.tracks = { ...this.tracks, [kind]: track };
    await this.senders.get(kind)?.replaceTrack(track);
  }
}
