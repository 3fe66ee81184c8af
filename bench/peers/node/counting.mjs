// A WebSocket whose bytes are counted, with its handshake and frames.

import WebSocket from "ws";

export class Counter {
  #sockets = [];

  /** The class of the sockets that this counts. */
  Socket = ((sockets) =>
    class extends WebSocket {
      constructor(...args) {
        super(...args);
        this.on("upgrade", (response) => sockets.push(response.socket));
      }
    })(this.#sockets);

  get received() {
    return this.#sockets.reduce((sum, socket) => sum + socket.bytesRead, 0);
  }

  get sent() {
    return this.#sockets.reduce((sum, socket) => sum + socket.bytesWritten, 0);
  }
}
