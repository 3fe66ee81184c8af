// What the programs share: where the server is, a WebSocket that can be watched and cut, and waiting.
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";

/** The server's address and the tokens the test hands down. */
export const given = JSON.parse(process.env.GIVEN ?? "{}");

/** Says a JSON object on a line of its own; the promise settles when the reader has all of it. */
export const say = (message) => new Promise((done) => process.stdout.write(`${JSON.stringify(message)}\n`, done));

/** A value or an error, whichever a promise settles with; fails loudly when it settles with neither. */
export async function outcome(promise, seconds = 15) {
  const late = Symbol("late");
  const first = await Promise.race([
    promise.then((value) => ({ value }), (error) => ({ error })),
    sleep(seconds * 1000, late, { ref: false }),
  ]);
  if (first === late) throw new Error(`nothing came of it within ${seconds} s`);
  return first;
}

/** The value of a promise that must succeed in time. */
export async function value(promise, seconds) {
  const { value: result, error } = await outcome(promise, seconds);
  if (error !== undefined) throw error;
  return result;
}

/** The error of a promise that must fail in time. */
export async function failure(promise, seconds) {
  const { value: result, error } = await outcome(promise, seconds);
  if (error === undefined) throw new Error(`it succeeded with ${JSON.stringify(result)}`);
  return error;
}

/** Waits until `look` gives something true, and returns that. */
export async function until(look, what, seconds = 20) {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const found = look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(5);
  }
}

/** A WebSocket class whose traffic can be seen and cut off. `lose(message)` true: it never arrives, and the line is cut. */
export function wiretap() {
  const tap = { sockets: [], sent: [], heard: [], binary: 0, lose: () => false, onSend: () => {} };
  tap.Socket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      tap.sockets.push(this);
    }
    send(text, ...rest) {
      const message = JSON.parse(text);
      tap.sent.push(message);
      super.send(text, ...rest);
      tap.onSend(message, this);
    }
    emit(event, ...args) {
      if (event === "message") {
        if (this.lost) return true;
        if (args[1]) tap.binary += 1;
        const message = JSON.parse(String(args[0]));
        if (tap.lose(message)) {
          this.lost = true;
          this.terminate();
          return true;
        }
        tap.heard.push(message);
      }
      return super.emit(event, ...args);
    }
  };
  tap.cut = () => tap.sockets.at(-1).terminate();
  return tap;
}
