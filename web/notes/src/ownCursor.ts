/** Shows others where the cursor of this page is: twice a second at most, and not while typing, which shows it too. */

import { caretAfter } from "./cursors";
import type { NotesDocument } from "./document";
import type { Operation } from "./ot/change";
import { positionBefore, transformPosition } from "./ot/transform";
import type { NotesServer } from "./server";

const TELL_EVERY_MS = 500;
/** While it is where this page has typed last, which those who were there have seen. */
const TELL_TYPING_EVERY_MS = 5_000;
const RENEW_EVERY_MS = 30_000;

export class OwnCursor {
  private place: { anchor: number; head: number } | null = null;
  /** Where others show it because of what was typed. */
  private implied: number | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private dueAt = 0;
  private readonly renewal: ReturnType<typeof setInterval>;
  private told = false;
  private toldAt = 0;

  constructor(
    private readonly document: NotesDocument,
    private readonly server: NotesServer,
  ) {
    this.renewal = setInterval(() => this.told && this.tell(), RENEW_EVERY_MS);
  }

  /** Whether others see it. */
  get isSeen(): boolean {
    return this.told;
  }

  /** The cursor is at this place of the text. */
  select(anchor: number, head: number): void {
    this.place = { anchor, head };
    this.dueWithin(this.told ? TELL_EVERY_MS : 0);
  }

  /** Others have changed the text: everybody sees the cursor move with it. */
  move(changes: Operation): void {
    if (this.place === null) return;
    const { anchor, head } = this.place;
    this.place = { anchor: transformPosition(anchor, changes), head: transformPosition(head, changes) };
    if (this.implied !== null) this.implied = transformPosition(this.implied, changes);
  }

  /** Somebody has come who has not seen what moved it. */
  tellAgain(): void {
    this.implied = null;
    if (this.told) this.dueWithin(TELL_EVERY_MS);
  }

  /** An operation of this page was committed. */
  committed(changes: Operation): void {
    this.implied = caretAfter(changes) ?? this.implied;
  }

  close(): void {
    clearInterval(this.renewal);
    this.hide();
  }

  /** Others no longer see it. */
  hide(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.place = null;
    if (this.told) void this.server.leave(this.document.clientId).catch(() => undefined);
    this.told = false;
  }

  private dueWithin(ms: number): void {
    const at = performance.now() + ms;
    if (this.timer !== null && this.dueAt <= at) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.dueAt = at;
    this.timer = setTimeout(() => this.due(), ms);
  }

  private due(): void {
    this.timer = null;
    if (this.place === null) return;
    if (this.document.isPending && this.told) {
      this.dueWithin(TELL_EVERY_MS);
      return;
    }
    const { anchor, head } = this.place;
    const seen = this.told && anchor === head && head === this.implied;
    const wait = seen ? this.toldAt + TELL_TYPING_EVERY_MS - performance.now() : 0;
    if (wait > 0) this.dueWithin(wait);
    else this.tell();
  }

  private tell(): void {
    if (this.place === null) return;
    const { document } = this;
    const [anchor, head] = [this.place.anchor, this.place.head].map((at) => positionBefore(at, document.pending));
    this.told = true;
    this.toldAt = performance.now();
    this.implied = null;
    // Others miss it until it moves again, or is renewed.
    void this.server
      .setCursor(document.clientId, document.sequence, anchor as number, head as number)
      .catch(() => undefined);
  }
}
