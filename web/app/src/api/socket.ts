/**
 * The socket to the server, closed when the other end is gone. TCP alone takes minutes to notice that this computer, or
 * the server, has changed networks.
 *
 * Does not know: the messages. The client that uses it reconnects when it closes, and at once when the browser comes
 * online.
 */

/** How long opening may take. */
const OPEN_WITHIN_MS = 4_000;
/**
 * How long the server may be silent after a request, by kind. An action may have to wait for others, but the server
 * shows within 15 s that it is there.
 */
const ANSWER_WITHIN_MS: Record<string, number> = { ModifyQuerySet: 8_000, Mutation: 8_000, Action: 16_000 };
/** The same when there is reason for doubt. */
const CHECK_WITHIN_MS = 1_000;
/** The pause before another socket, after one that failed to open. */
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

  /** Expect a message within this time. */
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

  /** Report it as closed at once: an orderly close waits for an answer. */
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

/** Have an open socket with a pending request answer soon, or close it. */
export function probe(): void {
  for (const socket of open) socket.expectWithin(CHECK_WITHIN_MS);
}
