/**
 * The socket to the server, given up when nobody is at its other end any more. TCP alone takes minutes to notice that
 * this computer is in another network by now, or that the server's is gone.
 *
 * Owns nothing but time: what is said is the business of the client that uses it, which connects anew when it hears of
 * the end, and at once when it hears that the browser is online.
 */

/** So long opening may take. */
const OPEN_WITHIN_MS = 4_000;
/**
 * So long nothing may be heard after a request, by its kind. An action may have to wait for somebody else, but within 15 s
 * the server says at least that it is there.
 */
const ANSWER_WITHIN_MS: Record<string, number> = { ModifyQuerySet: 8_000, Mutation: 8_000, Action: 16_000 };
/** The same when there is reason to doubt. */
const CHECK_WITHIN_MS = 1_000;
/** Before another one is opened in place of one that never was. */
const PAUSE_MS = 500;
const GIVEN_UP = 4_000;
const KIND = /^\{"type":"(\w+)"/;

const open = new Set<WatchedSocket>();
let token: string | null = null;

export class WatchedSocket extends WebSocket {
  private deadline = Number.POSITIVE_INFINITY;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private opened = false;

  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols);
    open.add(this);
    this.addEventListener("open", () => {
      this.opened = true;
      this.hear();
    });
    this.addEventListener("message", () => this.hear());
    this.addEventListener("close", () => this.rest());
    this.expectWithin(OPEN_WITHIN_MS);
  }

  override send(data: string): void {
    super.send(data);
    const kind = KIND.exec(data)?.[1] ?? "";
    if (kind === "Authenticate") token = (JSON.parse(data) as { value?: string }).value ?? null;
    const timeout = ANSWER_WITHIN_MS[kind];
    if (timeout !== undefined) this.expectWithin(timeout);
  }

  /** Something has to be heard within this time. */
  expectWithin(ms: number): void {
    const deadline = performance.now() + ms;
    if (deadline >= this.deadline) return;
    clearTimeout(this.timer);
    this.deadline = deadline;
    this.timer = setTimeout(() => this.giveUp(), ms);
  }

  private hear(): void {
    clearTimeout(this.timer);
    this.deadline = Number.POSITIVE_INFINITY;
  }

  private rest(): void {
    this.hear();
    open.delete(this);
  }

  /** Says that it is closed: closing in order takes as long as nobody answers. */
  private giveUp(): void {
    this.dispatchEvent(new CloseEvent("close", { code: GIVEN_UP }));
    this.onopen = this.onmessage = this.onerror = this.onclose = null;
    this.close();
    setTimeout(() => globalThis.dispatchEvent(new Event("online")), this.opened ? 0 : PAUSE_MS);
  }
}

/** Return the token that the newest socket was signed in with, or null. */
export function socketToken(): string | null {
  return token;
}

/** Has the server answer soon on an open socket, where something was just asked, or the socket given up. */
export function probe(): void {
  for (const socket of open) socket.expectWithin(CHECK_WITHIN_MS);
}
