/** A gate that holds callers while it is shut and lets them through in order. */

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
