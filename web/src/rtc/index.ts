/** A framework-free WebRTC mesh client: give it a Signalling, sessions and signals; it gives streams and states. */

export { type Health, MeshRoom, type Notice, type PeerView, type RoomView } from "./room";
export type * from "./signalling";
export type { Look, Trace } from "./stats";
