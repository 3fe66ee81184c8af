/** Requests pictures in a GetStream call, in a size that suits the number of members. Sound comes without a request. */

import type { Logger } from "../../logger";
import type { Participant, Size, StreamCall } from "./sdk";

/** The size of all pictures together; with more members each is smaller. */
const SCREEN = { width: 1280, height: 720 };

export class PictureRequests {
  private asked = "";

  constructor(
    private readonly call: StreamCall,
    private readonly logger: Logger,
  ) {}

  /** Forget earlier requests, for a new connection. */
  reset(): void {
    this.asked = "";
  }

  /** Request the pictures of these members, unless the last request was the same. */
  ask(wanted: Participant[]): void {
    const asked = JSON.stringify(wanted.map(({ sessionId, publishedTracks }) => [sessionId, publishedTracks]));
    if (asked === this.asked) return;
    this.asked = asked;
    const side = Math.ceil(Math.sqrt(wanted.length)) || 1;
    const dimension = { width: Math.ceil(SCREEN.width / side), height: Math.ceil(SCREEN.height / side) };
    const ids = wanted.map(({ sessionId }) => sessionId);
    for (const id of ids) this.askFor(id, dimension);
    this.call.setPreferredIncomingVideoResolution(dimension, ids);
  }

  /** A member may have left before the SDK knew; that must not affect the pictures of others. */
  private askFor(sessionId: string, dimension: Size): void {
    try {
      for (const kind of ["videoTrack", "screenShareTrack"] as const) {
        this.call.state.updateParticipantTracks(kind, { [sessionId]: { dimension } });
      }
    } catch (error) {
      this.logger.warn("could not request a picture", error);
    }
  }
}
