/** Asks for pictures in a call at GetStream, in a size that goes with the number of people. Sound comes unasked. */

import type { Logger } from "../../logger";
import type { Participant, Size, StreamCall } from "./sdk";

/** The size of all pictures together; with more people each is smaller. */
const SCREEN = { width: 1280, height: 720 };

export class PictureRequests {
  private asked = "";

  constructor(
    private readonly call: StreamCall,
    private readonly logger: Logger,
  ) {}

  /** Forgets what was asked for: a connection of which nothing is known has been asked for nothing. */
  reset(): void {
    this.asked = "";
  }

  /** Asks for the pictures of these people, unless that is what was asked for last. */
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

  /** Somebody may have left before their client knew: that costs their picture and no other. */
  private askFor(sessionId: string, dimension: Size): void {
    try {
      for (const kind of ["videoTrack", "screenShareTrack"] as const) {
        this.call.state.updateParticipantTracks(kind, { [sessionId]: { dimension } });
      }
    } catch (error) {
      this.logger.warn("a picture could not be asked for", error);
    }
  }
}
