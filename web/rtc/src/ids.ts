/**
 * A session id is `<page>.<attempt>`: a page keeps its id, and every recovery is a new attempt. A new attempt of the
 * same page keeps the peer connection; a new page needs a new one.
 */

const ID_BYTES = 16;
const VERSION_4 = 0x40;
const VARIANT = 0x80;
const LINK_BYTES = 9;

/** Return a random UUID (version 4). `crypto.randomUUID` is missing on pages served over plain http. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  bytes[6] = VERSION_4 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = VARIANT | ((bytes[8] ?? 0) & 0x3f);
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function newPage(): string {
  return randomId();
}

/** Return a name for one connection of a page. */
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

/** Return whether this side gives way when offers collide. Both sides compute it from the two pages. */
export function isPolite(myPage: string, theirPage: string): boolean {
  return myPage < theirPage;
}
