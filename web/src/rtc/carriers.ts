/** What rooms this page can be in: one kind for each carrier of media. */

import { StreamRoom } from "./getstream";
import { MeshRoom } from "./mesh";
import { GETSTREAM, JANUS, MESH } from "./notices";
import type { Tracks } from "./peer";
import type { Room, Seat } from "./room";
import { JanusRoom } from "./sfu";

type Maker = (tracks: Tracks) => Room;

/** How to make a room at this carrier, or null where this page cannot be in one. Rejects while that is not known. */
export async function makerOf(provider: string, seat: Seat): Promise<Maker | null> {
  if (provider === MESH) return (tracks) => new MeshRoom(seat, tracks);
  if (provider === JANUS) return (tracks) => new JanusRoom(seat, tracks);
  const facts = provider === GETSTREAM ? await seat.server.getStream() : null;
  return facts && ((tracks) => new StreamRoom(seat, facts, tracks));
}
