// A client of connvo's notes over the sync protocol: it shows what is committed, and has one operation under way.

import { randomUUID } from "node:crypto";
import { Counter } from "./counting.mjs";

const SNAPSHOT = "notes/sync:snapshot";
const SINCE = "notes/sync:operationsSince";
const APPLY = "notes/sync:apply";
const MILESTONE = 16;
const LONG = 1_000;

export class Connvo {
  counter = new Counter();
  onForeign = () => undefined;
  text = "";
  sequence = 0;
  milestone = 0;
  at = null;
  number = 0;
  clientId = randomUUID();
  waiting = [];
  under = null;
  connections = 0;

  constructor({ url, token, doc }) {
    Object.assign(this, { url, token, doc });
  }

  async open() {
    await this.connect();
    const snapshot = await this.once(SNAPSHOT, { meetingId: this.doc });
    this.text = snapshot.content;
    this.sequence = snapshot.sequence;
    await this.follow();
  }

  /** Resolves when the change is committed, and shown here. */
  edit(changes) {
    return new Promise((done) => {
      this.waiting.push({ changes, done });
      this.send();
    });
  }

  editOffline(changes) {
    void this.edit(changes);
  }

  cut() {
    this.socket.terminate();
    this.socket = null;
  }

  plug() {
    void this.connect().then(() => this.follow());
  }

  close() {
    this.socket?.close();
  }

  async connect() {
    this.queries = new Map();
    this.version = 0;
    this.nextQuery = 0;
    this.nextRequest = 0;
    this.query = null;
    const socket = new this.counter.Socket(this.url);
    await new Promise((done, fail) => socket.once("open", done).once("error", fail));
    this.socket = socket;
    socket.on("message", (data) => this.hear(JSON.parse(data)));
    const lastCloseReason = this.connections === 0 ? "InitialConnect" : "Cut";
    this.say({ type: "Connect", sessionId: randomUUID(), connectionCount: this.connections++, lastCloseReason });
    this.say({ type: "Authenticate", baseVersion: 0, tokenType: "User", value: this.token });
    if (this.under) this.apply();
  }

  /** Follow the log; resolves when all of it is here. */
  follow() {
    return new Promise((done) => {
      this.onCaughtUp = done;
      this.milestone = this.sequence - (this.sequence % MILESTONE);
      this.ask(this.milestone);
    });
  }

  ask(from) {
    const before = this.query;
    const query = { from };
    this.query = query;
    query.id = this.add(SINCE, { meetingId: this.doc, sequence: from }, (page) => {
      if (before) this.remove(before);
      this.take(query, page);
    });
  }

  take(query, page) {
    if (page.reset) throw new Error("the operations are not kept");
    for (const one of page.operations) {
      const length = one.changes.reduce((sum, { content = "" }) => sum + content.length, 0);
      if (length >= LONG || one.sequence % MILESTONE === 0) this.milestone = Math.max(this.milestone, one.sequence);
      if (one.sequence <= this.sequence) continue;
      this.sequence = one.sequence;
      this.at = one.at;
      for (const { position, length = 0, content = "" } of [...one.changes].reverse()) {
        this.text = this.text.slice(0, position) + content + this.text.slice(position + length);
      }
      if (one.clientId === this.clientId) this.arrived(one.number);
      else this.onForeign(one.changes.map(({ content = "" }) => content).join(""));
    }
    if (query !== this.query) return;
    if (page.more) this.ask(this.sequence);
    else if (this.milestone > query.from) this.ask(this.milestone);
    if (!page.more) this.onCaughtUp?.();
  }

  send() {
    if (this.under || this.waiting.length === 0) return;
    const first = this.waiting.shift();
    const together = [first];
    let { changes } = first;
    // What waits goes out as one. Here it is always typed at one place, the later text before the earlier.
    while (isInsertAt(changes, this.waiting[0]?.changes)) {
      const next = this.waiting.shift();
      together.push(next);
      changes = [{ ...changes[0], content: next.changes[0].content + changes[0].content }];
    }
    const operation = { clientId: this.clientId, number: ++this.number, sequence: this.sequence, changes };
    if (this.at !== null) operation.sequenceAt = this.at;
    this.under = { operation, done: () => together.forEach(({ done }) => void done()) };
    if (this.socket) this.apply();
  }

  apply() {
    const args = [{ meetingId: this.doc, ...this.under.operation }];
    this.say({ type: "Mutation", requestId: this.nextRequest++, udfPath: APPLY, args });
  }

  arrived(number) {
    if (this.under?.operation.number !== number) return;
    const { done } = this.under;
    this.under = null;
    done();
    this.send();
  }

  async once(path, args) {
    return new Promise((done) => {
      const id = this.add(path, args, (value) => {
        this.remove({ id });
        done(value);
      });
    });
  }

  add(udfPath, args, onValue) {
    const queryId = this.nextQuery++;
    this.queries.set(queryId, onValue);
    this.modify({ type: "Add", queryId, udfPath, args: [args] });
    return queryId;
  }

  remove({ id }) {
    if (!this.queries.delete(id)) return;
    this.modify({ type: "Remove", queryId: id });
  }

  modify(modification) {
    const baseVersion = this.version++;
    this.say({ type: "ModifyQuerySet", baseVersion, newVersion: this.version, modifications: [modification] });
  }

  say(message) {
    this.socket.send(JSON.stringify(message));
  }

  hear(message) {
    if (message.type === "Transition") {
      for (const { type, queryId, value, errorMessage } of message.modifications) {
        if (type === "QueryFailed") throw new Error(errorMessage);
        if (type === "QueryUpdated") this.queries.get(queryId)?.(value);
      }
    } else if (message.type === "MutationResponse" && !message.success) {
      // A server on a busy machine refuses calls before they begin, and says when to send them again.
      const wait = message.errorData?.metadata?.retryAfterSeconds;
      if (wait === undefined) throw new Error(JSON.stringify(message.result));
      setTimeout(() => this.apply(), 1000 * wait);
    } else if (message.type === "AuthError" || message.type === "FatalError") {
      throw new Error(message.error);
    }
  }
}

/** Whether both are one insert, at one place. */
function isInsertAt(changes, next) {
  const both = [changes, next ?? []];
  return both.every((one) => one.length === 1 && !one[0].length) && changes[0].position === next[0].position;
}
