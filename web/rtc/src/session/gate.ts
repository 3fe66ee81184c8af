/** Lets whoever comes through in order, and has them wait while it is shut. */

export class AsyncGate {
  private passable: Promise<void> = Promise.resolve();
  private release: () => void = () => undefined;

  shut(): void {
    this.open();
    this.passable = new Promise((done) => {
      this.release = done;
    });
  }

  open(): void {
    this.release();
  }

  /** Resolves once it is open. */
  pass(): Promise<void> {
    return this.passable;
  }
}
