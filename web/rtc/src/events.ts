/** The events of a call, by name. */

import type { Notice, RoomView } from "./types";

export type CallEvents = {
  /** The visible state has changed or was sampled: several times a second. */
  view: RoomView;
  /** What is happening to the call as a whole has changed; null when all is well. */
  notice: Notice | null;
  /** Another page of the same member has taken over the call; this page is out. */
  replaced: undefined;
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
