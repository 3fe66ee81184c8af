/** What a call tells, by the name of the event. */

import type { Notice, RoomView } from "./types";

export type CallEvents = {
  /** Anything that people see has changed, or is just being looked at: several times a second. */
  view: RoomView;
  /** What is happening to the call as a whole; null when all is well. Told when it changes. */
  notice: Notice | null;
  /** Another page of the same member has the call now; this one is out of it. */
  replaced: undefined;
};

type Listener<T> = (value: T) => void;

/** Typed events. Listeners are called in the order in which they came. */
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Call `listener` at each such event from now on. Returns how to end that. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const all = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, all.add(listener));
    return () => void all.delete(listener);
  }

  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) (listener as Listener<Events[Name]>)(value);
  }
}
