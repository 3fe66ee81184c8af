/**
 * The way from a statement to its moment in the transcript of the same page. The address keeps the moment, so that it
 * can be opened again and shared.
 */

import { useEffect } from "react";

/** A paragraph of a transcript, and the start of words in it in ms. */
export type Moment = { segmentId: string; startMs: number };

const EVENT = "transcript-moment";
const TIME = /^#at-(?<ms>\d{1,15})$/;

/** Return the address of a time of a meeting, in ms, on its page. Rounded up, it would lead to the words after. */
export function timeAddress(at: number): string {
  return `#at-${Math.floor(at)}`;
}

/** Return the time that an address names, in ms, or null. */
export function timeIn(hash: string): number | null {
  const ms = TIME.exec(hash)?.groups?.ms;
  return ms === undefined ? null : Number(ms);
}

/** A part of the page of a meeting to which addresses lead. */
export type Part = "notes" | "chat";

/** Return the address of a part of the page of a meeting. */
export function anchorOf(part: Part): string {
  return `#${part}`;
}

/** Lead to a moment. The browser's way back leads to the statement again. */
export function showMoment(moment: Moment): void {
  const address = timeAddress(moment.startMs);
  if (location.hash !== address) history.pushState(history.state, "", address);
  dispatchEvent(new CustomEvent<Moment>(EVENT, { detail: moment }));
}

/** Call `onMoment` when a user follows a statement to its moment. */
export function useMoments(onMoment: (moment: Moment) => void): void {
  useEffect(() => {
    const listen = (event: Event) => onMoment((event as CustomEvent<Moment>).detail);
    addEventListener(EVENT, listen);
    return () => removeEventListener(EVENT, listen);
  }, [onMoment]);
}
