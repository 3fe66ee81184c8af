// A client of each server, all with the same methods. Several in one process share nothing.
//
//   open()          resolves when the whole text is here
//   edit(changes)   resolves when the change is made here; `changes` ascend and count in the text before them
//   text            the text as it is shown here
//   onForeign       is called with the text that each edit of others inserts, once for an edit
//   cut(), plug()   break the connection, and make it again
//   close()

import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import ot from "ot-text-unicode";
import ShareDB from "sharedb/lib/client/index.js";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { Connvo } from "./connvo.mjs";
import { Counter } from "./counting.mjs";

ShareDB.types.register(ot.type);

class ShareDBClient {
  counter = new Counter();
  onForeign = () => undefined;

  constructor({ url, doc }) {
    this.url = url;
    this.name = doc;
  }

  async open() {
    this.connection = new ShareDB.Connection(new this.counter.Socket(this.url));
    this.doc = this.connection.get("notes", this.name);
    await new Promise((done, fail) => this.doc.subscribe((error) => (error ? fail(error) : done())));
    if (this.doc.type === null) {
      await new Promise((done) => this.doc.create("", ot.type.uri, () => done()));
    }
    this.doc.on("op", (op, own) => {
      if (!own) this.onForeign(op.filter((part) => typeof part === "string").join(""));
    });
  }

  get text() {
    return this.doc.data;
  }

  edit(changes) {
    const op = [];
    let at = 0;
    for (const { position, length, content } of changes) {
      if (position > at) op.push(position - at);
      if (content) op.push(content);
      if (length) op.push({ d: length });
      at = position + length;
    }
    return new Promise((done, fail) => this.doc.submitOp(op, (error) => (error ? fail(error) : done())));
  }

  /** Make a change without a connection. */
  editOffline(changes) {
    void this.edit(changes);
  }

  cut() {
    this.connection.close();
  }

  plug() {
    this.connection.bindToSocket(new this.counter.Socket(this.url));
  }

  close() {
    this.connection.close();
  }
}

class YjsClient {
  counter = new Counter();
  onForeign = () => undefined;
  document = new Y.Doc();
  shared = this.document.getText("notes");

  constructor({ url, doc }) {
    this.url = url;
    this.name = doc;
  }

  async open() {
    await this.connect();
    this.shared.observe((event) => {
      if (!event.transaction.local) this.onForeign(event.delta.map(({ insert }) => insert ?? "").join(""));
    });
  }

  get text() {
    return this.shared.toString();
  }

  async edit(changes) {
    this.document.transact(() => {
      for (const { position, length, content } of [...changes].reverse()) {
        if (length) this.shared.delete(position, length);
        if (content) this.shared.insert(position, content);
      }
    });
  }

  editOffline(changes) {
    void this.edit(changes);
  }

  cut() {
    this.provider.disconnect();
  }

  plug() {
    this.provider.connect();
  }

  close() {
    this.provider.destroy();
  }
}

class YWebsocketClient extends YjsClient {
  connect() {
    const options = { WebSocketPolyfill: this.counter.Socket, disableBc: true };
    this.provider = new WebsocketProvider(this.url, this.name, this.document, options);
    return new Promise((done) => this.provider.once("sync", done));
  }
}

class HocuspocusClient extends YjsClient {
  connect() {
    this.socket = new HocuspocusProviderWebsocket({ url: this.url, WebSocketPolyfill: this.counter.Socket });
    return new Promise((done) => {
      this.provider = new HocuspocusProvider({
        websocketProvider: this.socket,
        name: this.name,
        document: this.document,
        onSynced: () => done(),
      });
      this.provider.attach();
    });
  }

  cut() {
    this.socket.disconnect();
  }

  plug() {
    void this.socket.connect();
  }

  close() {
    this.provider.destroy();
    this.socket.destroy();
  }
}

const CLIENTS = {
  connvo: Connvo,
  sharedb: ShareDBClient,
  hocuspocus: HocuspocusClient,
  ywebsocket: YWebsocketClient,
};

/** Return a client of a server: `place` has `url`, `doc`, and for connvo `token`. */
export function clientOf(name, place) {
  return new CLIENTS[name](place);
}
