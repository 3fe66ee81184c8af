/** WebRTC calls that stay connected, without a framework. See the README of the package. */

export { Call, type CallOptions } from "./call";
export { CallError, CallLeft, Interrupted, JanusError, NoAnswer } from "./errors";
export type { CallEvents } from "./events";
export { pageOf, randomId } from "./ids";
export type { Logger } from "./logger";
export type { StreamFacts, StreamModule } from "./rooms/getstream/sdk";
export type * from "./signalling";
export type * from "./types";
