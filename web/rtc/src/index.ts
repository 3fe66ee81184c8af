/** A framework-free client of calls: give it a Signalling, sessions and signals; it gives streams and states. */

export { Call } from "./call";
export { pageOf } from "./ids";
export type { StatsPoint, StatsSnapshot } from "./monitor/stats";
export { randomId } from "./randomId";
export type { StreamFacts, StreamModule } from "./rooms/getstream/sdk";
export type { Health } from "./rooms/mesh/remotePeer";
export type { Notice, PeerView, RoomView } from "./rooms/room";
export { Interrupted } from "./session/retry";
export type * from "./signalling";
