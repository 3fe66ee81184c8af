/**
 * A session id is `<page>.<attempt>`: the page keeps its name, every recovery is a new attempt. Whoever sees a new
 * attempt of the same page keeps the peer connection; a new page needs a new one.
 */

import { randomId } from "./randomId";

const LINK_BYTES = 9;

export function newPage(): string {
  return randomId();
}

/** A name for one connection of a page. */
export function newLink(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(LINK_BYTES)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

export function sessionIdOf(page: string, attempt: number): string {
  return `${page}.${attempt}`;
}

export function pageOf(sessionId: string): string {
  const dot = sessionId.lastIndexOf(".");
  return dot < 0 ? sessionId : sessionId.slice(0, dot);
}

/** In a collision of offers the polite side gives way. Both sides compute the same from the two pages. */
export function isPolite(myPage: string, theirPage: string): boolean {
  return myPage < theirPage;
}
