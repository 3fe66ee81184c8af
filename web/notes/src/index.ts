/** Notes that people write together, without a framework. See the README of the package. */

export { type DocumentRecord, textOf } from "./document";
export { Interrupted, NotesError, Refused, UnfitOperation } from "./errors";
export type { NotesEvents } from "./events";
export { MAX_TEXT } from "./limits";
export type { Logger } from "./logger";
export { apply } from "./ot/apply";
export { type Change, EMPTY, normalize, type Operation } from "./ot/change";
export { compose } from "./ot/compose";
export { diff } from "./ot/diff";
export { wellFormed } from "./ot/pairs";
export { laterLeft, smallerLeft, type TieRule, transform, transformPair, transformPosition } from "./ot/transform";
export type * from "./pending";
export type { NotesServer, Stop } from "./server";
export { type NotesOptions, NotesSession } from "./session";
export type * from "./types";
