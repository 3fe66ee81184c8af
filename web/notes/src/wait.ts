/** A pause that can be ended early. */

export class Wait {
  private done: (() => void) | null = null;

  begin(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.end(), ms);
      this.done = () => {
        clearTimeout(timer);
        this.done = null;
        resolve();
      };
    });
  }

  /** End the pause that goes on, if one does. */
  end(): void {
    this.done?.();
  }
}
