/**
 * The text on the screen, while it may not change: an input method composes a word. Changes of others wait for a
 * moment; typing goes on, as if it were made on the newest text.
 *
 *     text on the screen --waiting--> text of the document
 */

import { EMPTY, type Operation } from "./ot/change";
import { compose } from "./ot/compose";
import { laterLeft, transformPair } from "./ot/transform";

const MAX_WAIT_MS = 2_000;

export class Shown {
  private waiting: Operation = EMPTY;
  private held = false;
  private timer: ReturnType<typeof setTimeout> | null = null;

  /** `show` carries out on the screen what others did. */
  constructor(private readonly show: (changes: Operation) => void) {}

  /** Let changes of others wait. */
  hold(): void {
    this.held = true;
  }

  /** Show them again, beginning with those that wait. */
  release(): void {
    this.held = false;
    this.flush();
  }

  /** Others have changed the text of the document. */
  receive(changes: Operation): void {
    if (changes.length === 0) return;
    if (!this.held) {
      this.show(changes);
      return;
    }
    this.waiting = compose(this.waiting, changes);
    this.timer ??= setTimeout(() => this.flush(), MAX_WAIT_MS);
  }

  /** Return an edit of the text on the screen as one of the text of the document. */
  edit(changes: Operation): Operation {
    const [waiting, moved] = transformPair(this.waiting, changes, laterLeft);
    this.waiting = waiting;
    return moved;
  }

  private flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const { waiting } = this;
    this.waiting = EMPTY;
    if (waiting.length > 0) this.show(waiting);
  }
}
