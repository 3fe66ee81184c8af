/** A framework-free client of calls: give it a Signalling, sessions and signals; it gives streams and states. */

export { Call } from "./call";
export { Interrupted } from "./persist";
export type { Health } from "./remote";
export type { Notice, PeerView, RoomView } from "./room";
export { pageOf } from "./sessionId";
export type * from "./signalling";
export type { Look, Trace } from "./stats";
export type { StreamFacts, StreamModule } from "./streamClient";
