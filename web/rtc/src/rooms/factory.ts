/** What rooms this page can be in: one kind for each carrier of media. */

import { GETSTREAM, JANUS, MESH } from "../notices";
import { GetStreamRoom } from "./getstream/room";
import { JanusRoom } from "./janus/room";
import type { Tracks } from "./mesh/negotiation";
import { MeshRoom } from "./mesh/room";
import type { LocalParticipant, Room } from "./room";

type Maker = (tracks: Tracks) => Room;

/** How to make a room at this carrier, or null where this page cannot be in one. Rejects while that is not known. */
export async function roomFactory(provider: string, seat: LocalParticipant): Promise<Maker | null> {
  if (provider === MESH) return (tracks) => new MeshRoom(seat, tracks);
  if (provider === JANUS) return (tracks) => new JanusRoom(seat, tracks);
  const facts = provider === GETSTREAM ? await seat.server.getStream() : null;
  return facts && ((tracks) => new GetStreamRoom(seat, facts, tracks));
}
