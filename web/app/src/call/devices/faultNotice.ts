/** The latest problem of a device, shown for a while. */

/** How long the page shows what has just happened to a device. */
export const FAULT_SHOWN_MS = 10_000;

export class FaultNotice {
  words: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly onChange: () => void) {}

  /** Show these words from now on; null shows none. */
  show(words: string | null): void {
    clearTimeout(this.timer);
    this.words = words;
    if (words) this.timer = setTimeout(() => this.show(null), FAULT_SHOWN_MS);
    this.onChange();
  }
}
