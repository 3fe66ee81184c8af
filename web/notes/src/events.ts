/** The events of notes, by name. */

import type { Operation } from "./ot/change";
import type { Access, Cursor, Status, Writer } from "./types";

export type NotesEvents = {
  /** The text is there, or was replaced as a whole before anything was shown. */
  ready: string;
  /** Others have changed the text: the editor carries this out. */
  remote: Operation;
  status: Status;
  access: Access;
  /** The cursors of others have moved. */
  cursors: Cursor[];
  /** Somebody else has written. */
  wrote: { userId: string };
  /** Others have opened the notes. */
  joined: Writer[];
};

type Listener<T> = (value: T) => void;

/** Typed events. Listeners are called in order of registration. */
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Call `listener` on each such event. Returns a function that unsubscribes it. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const all = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, all.add(listener));
    return () => void all.delete(listener);
  }

  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) (listener as Listener<Events[Name]>)(value);
  }
}
