/** Loads the text of the server as a whole: the newest stored one, and the operations after it. */

import { Refused } from "./errors";
import { OperationsStream } from "./operationsStream";
import { apply } from "./ot/apply";
import type { NotesServer } from "./server";
import type { LoadedText, Snapshot } from "./types";
import { Wait } from "./wait";

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 15_000;

export class Loader {
  private stopped = false;
  private readonly wait = new Wait();

  constructor(
    private readonly server: NotesServer,
    private readonly onRefused: (error: unknown) => void,
  ) {}

  /** Return the text at `least` or later. It is tried until it succeeds; the result is null once this is stopped. */
  async load(least: number): Promise<LoadedText | null> {
    for (let wait = FIRST_WAIT_MS; !this.stopped; wait = Math.min(2 * wait, MAX_WAIT_MS)) {
      try {
        const text = await follow(this.server, await this.server.snapshot(), least);
        return this.stopped ? null : text;
      } catch (error) {
        if (this.stopped) return null;
        if (error instanceof Refused) this.onRefused(error);
        await this.wait.begin(wait);
      }
    }
    return null;
  }

  /** Try again now. */
  hurry(): void {
    this.wait.end();
  }

  stop(): void {
    this.stopped = true;
    this.wait.end();
  }
}

/** Bring a text up to date. Rejects if the operations after it are not kept any more. */
function follow(server: NotesServer, { sequence, content }: Snapshot, least: number): Promise<LoadedText> {
  return new Promise((done, fail) => {
    let [at, text] = [sequence, content];
    const stream = new OperationsStream(server, {
      onOperation: (operation) => {
        try {
          text = apply(text, operation.changes);
          at = operation.sequence;
        } catch (error) {
          stream.stop();
          fail(error);
        }
      },
      onCaughtUp: () => {
        if (at < least) return;
        stream.stop();
        done({ sequence: at, content: text, at: stream.at });
      },
      onReset: () => {
        stream.stop();
        fail(new Error("the operations after the stored text are not kept any more"));
      },
      onError: (error) => {
        stream.stop();
        fail(error);
      },
    });
    stream.start(sequence, null);
  });
}
