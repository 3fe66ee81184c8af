/** The rooms this page can join: one kind for each media provider. */

import { GETSTREAM, JANUS, MESH } from "../notices";
import type { Tracks } from "../types";
import { GetStreamRoom } from "./getstream/room";
import { JanusRoom } from "./janus/room";
import { MeshRoom } from "./mesh/room";
import type { LocalParticipant, Room } from "./room";

type Maker = (tracks: Tracks) => Room;

/** Return how to make a room at this provider, or null if this page cannot join one. Rejects while that is unknown. */
export async function roomFactory(provider: string, local: LocalParticipant): Promise<Maker | null> {
  if (provider === MESH) return (tracks) => new MeshRoom(local, tracks);
  if (provider === JANUS) return (tracks) => new JanusRoom(local, tracks);
  const facts = provider === GETSTREAM ? await local.server.getStream() : null;
  return facts && ((tracks) => new GetStreamRoom(local, facts, tracks));
}
