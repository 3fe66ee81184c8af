/** A framework-free client of calls: give it a Signalling, sessions and signals; it gives streams and states. */

export { Call } from "./call";
export type { Health } from "./remote";
export type { Notice, PeerView, RoomView } from "./room";
export type * from "./signalling";
export type { Look, Trace } from "./stats";
export type { StreamFacts, StreamModule } from "./streamClient";
