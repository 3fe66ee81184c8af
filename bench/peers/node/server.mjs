// One of the peers: `node server.mjs NAME FOLDER`. Prints its port once it listens. All take anybody, and check nothing.

import { WebSocketServer } from "ws";

const [, , name, folder] = process.argv;
const HOST = "127.0.0.1";

const servers = {
  /** ShareDB keeps operations and texts in memory. */
  async sharedb() {
    const { default: ShareDB } = await import("sharedb");
    const { default: ot } = await import("ot-text-unicode");
    const { default: JsonStream } = await import("@teamwork/websocket-json-stream");
    ShareDB.types.register(ot.type);
    const backend = new ShareDB();
    return listening((socket) => {
      const stream = new JsonStream(socket);
      // A client that is cut off while an operation is sent to it is no fault of the server.
      stream.on("error", () => undefined);
      backend.listen(stream);
    });
  },
  /** Hocuspocus writes a text into SQLite 2 s after its last change, and 10 s after its first at the latest. */
  async hocuspocus() {
    const { Server } = await import("@hocuspocus/server");
    const { SQLite } = await import("@hocuspocus/extension-sqlite");
    const extensions = [new SQLite({ database: `${folder}/hocuspocus.sqlite` })];
    const server = new Server({ address: HOST, port: 0, quiet: true, extensions });
    await server.listen();
    return server.address.port;
  },
  /** y-websocket keeps texts in memory, and forgets one when its last client goes. */
  async ywebsocket() {
    const { setupWSConnection } = await import("@y/websocket-server/utils");
    return listening(setupWSConnection);
  },
};

function listening(onConnection) {
  return new Promise((done) => {
    const server = new WebSocketServer({ host: HOST, port: 0 });
    server.on("connection", onConnection);
    server.on("listening", () => done(server.address().port));
  });
}

console.log(await servers[name]());
