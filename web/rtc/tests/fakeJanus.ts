/**
 * A Janus with one VideoRoom in memory, spoken to over sockets as a browser has them. It answers in order, as soon as
 * it is asked, and takes whatever descriptions it is sent.
 */

import type { FakeConnection } from "./fakeConnection";

type Body = Record<string, unknown>;
type Asked = { janus: string; transaction: string; handle_id?: number; body?: Body; jsep?: { sdp: string } };
type Feed = { id: string; handle: number };
type Line = { mid: string; type: string; feed_id: string; active: boolean };

const ANSWER = "v=0\r\na=fingerprint:janus\r\n";
const NO_SUCH_ROOM = 426;
const NO_SUCH_FEED = 428;
const ID_TAKEN = 436;

export class FakeJanus {
  /** Who sends. */
  readonly feeds = new Map<string, Feed>();
  /** Every request there was, by its name. */
  readonly asked: string[] = [];
  room = "the room";
  /** Nobody is there: sockets do not open. */
  down = false;
  /** It takes what is sent and says nothing. */
  mute = false;
  readonly sockets = new Set<FakeSocket>();
  private readonly owners = new Map<number, FakeSocket>();
  private readonly subscriptions = new Map<number, Line[]>();
  private readonly known = new Set<string>();
  private counted = 0;

  get socketClass(): unknown {
    const janus = this;
    return class extends FakeSocket {
      constructor(url: string) {
        super(url, janus);
      }
    };
  }

  /** Whether a connection is one to here that lives. */
  carries(connection: FakeConnection): boolean {
    return connection.agreedOn && this.known.has(connection.fingerprint);
  }

  /** The whole process dies. */
  kill(): void {
    this.down = true;
    this.known.clear();
    for (const socket of [...this.sockets]) socket.drop();
  }

  /** No way by which it is reached now is one any more. */
  cutOff(): void {
    this.known.clear();
  }

  /** Puts somebody out. */
  kick(id: string): void {
    const feed = this.feeds.get(id);
    if (!feed) return;
    this.say(feed.handle, { videoroom: "event", leaving: "ok", reason: "kicked" });
    this.forget(feed);
  }

  /** Tells everybody of feeds, though they may have left again by then. */
  announce(...ids: string[]): void {
    const publishers = ids.map((id) => ({ id }));
    for (const feed of this.feeds.values()) this.say(feed.handle, { videoroom: "event", publishers });
  }

  /** Somebody leaves, or was never there, and somebody sends under that name at once. */
  takeOver(id: string): void {
    const feed = this.feeds.get(id) ?? { id, handle: 0 };
    this.forget(feed);
    this.feeds.set(id, feed);
    for (const other of this.feeds.values()) {
      if (other !== feed) this.say(other.handle, { videoroom: "event", publishers: [{ id }] });
    }
  }

  /** Ends a peer connection, as after a while without anything from it. */
  hangUp(id: string): void {
    const feed = this.feeds.get(id);
    if (feed) this.owners.get(feed.handle)?.get({ janus: "hangup", sender: feed.handle, reason: "ICE failed" });
  }

  take(socket: FakeSocket, message: Asked): void {
    this.asked.push(String(message.body?.request ?? message.janus));
    if (this.mute) return;
    const { transaction, handle_id: handle = 0, body } = message;
    if (message.janus === "keepalive" || message.janus === "trickle") socket.get({ janus: "ack", transaction });
    if (message.janus === "create") socket.get({ janus: "success", transaction, data: { id: ++this.counted } });
    if (message.janus === "attach") {
      this.owners.set(++this.counted, socket);
      socket.get({ janus: "success", transaction, data: { id: this.counted } });
    }
    if (message.janus !== "message" || !body) return;
    socket.get({ janus: "ack", transaction });
    const { jsep, ...data } = this.answer(handle, body, message.jsep?.sdp);
    socket.get({ janus: "event", sender: handle, transaction, plugindata: { data }, ...(jsep ? { jsep } : {}) });
  }

  /** What was sent from a socket ends with it. */
  gone(socket: FakeSocket): void {
    this.sockets.delete(socket);
    for (const feed of [...this.feeds.values()]) if (this.owners.get(feed.handle) === socket) this.forget(feed);
    for (const [handle, owner] of this.owners) if (owner === socket) this.owners.delete(handle);
  }

  private answer(handle: number, body: Body, sdp: string | undefined): Body {
    if (sdp) this.known.add(/a=fingerprint:(\S+)/.exec(sdp)?.[1] ?? "");
    if (body.request === "join" && body.room !== this.room) return refusal(NO_SUCH_ROOM, "No such room");
    if (body.request === "join" && body.ptype === "publisher") return this.join(handle, String(body.id));
    if (body.request === "join") return this.subscribe(handle, feedsIn(body.streams), []);
    if (body.request === "update") return this.subscribe(handle, feedsIn(body.subscribe), feedsIn(body.unsubscribe));
    if (body.request === "configure") return this.publish(handle);
    return { videoroom: "event", started: "ok" };
  }

  private join(handle: number, id: string): Body {
    if (this.feeds.has(id)) return refusal(ID_TAKEN, "User ID already exists");
    const publishers = [...this.feeds.keys()].map((other) => ({ id: other }));
    this.feeds.set(id, { id, handle });
    return { videoroom: "joined", private_id: handle, publishers };
  }

  private publish(handle: number): Body {
    const own = [...this.feeds.values()].find((feed) => feed.handle === handle);
    for (const other of this.feeds.values()) {
      if (own && other !== own) this.say(other.handle, { videoroom: "event", publishers: [{ id: own.id }] });
    }
    return { videoroom: "event", configured: "ok", jsep: { type: "answer", sdp: ANSWER } };
  }

  private subscribe(handle: number, more: string[], less: string[]): Body {
    const missing = more.find((id) => !this.feeds.has(id));
    if (missing !== undefined) return refusal(NO_SUCH_FEED, `No such feed (${missing})`);
    const lines = this.subscriptions.get(handle) ?? [];
    for (const line of lines) if (less.includes(line.feed_id)) line.active = false;
    for (const feed_id of more) {
      for (const type of ["audio", "video"]) lines.push({ mid: String(lines.length), type, feed_id, active: true });
    }
    this.subscriptions.set(handle, lines);
    return { videoroom: "updated", streams: lines.map((line) => ({ ...line })), jsep: this.offer(handle) };
  }

  private offer(handle: number): Body {
    const lines = (this.subscriptions.get(handle) ?? []).map(({ type }) => `m=${type}\r\n`).join("");
    return { type: "offer", sdp: `v=0\r\na=fingerprint:janus\r\na=ice-ufrag:j\r\n${lines}` };
  }

  private forget(feed: Feed): void {
    this.feeds.delete(feed.id);
    for (const lines of this.subscriptions.values()) {
      for (const line of lines) if (line.feed_id === feed.id) line.active = false;
    }
    for (const other of this.feeds.values()) this.say(other.handle, { videoroom: "event", leaving: feed.id });
  }

  private say(handle: number, data: Body): void {
    this.owners.get(handle)?.get({ janus: "event", sender: handle, plugindata: { data } });
  }
}

function feedsIn(streams: unknown): string[] {
  return Array.isArray(streams) ? streams.map(({ feed }: { feed: string }) => feed) : [];
}

function refusal(error_code: number, error: string): Body {
  return { videoroom: "event", error_code, error };
}

class FakeSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  private open = false;

  constructor(
    readonly url: string,
    private readonly janus: FakeJanus,
  ) {
    janus.sockets.add(this);
    queueMicrotask(() => {
      if (janus.down) return this.drop();
      this.open = true;
      this.onopen?.();
    });
  }

  send(text: string): void {
    if (this.open) this.janus.take(this, JSON.parse(text) as Asked);
  }

  get(message: Body): void {
    queueMicrotask(() => this.onmessage?.({ data: JSON.stringify(message) }));
  }

  /** Closes it from the other side. */
  drop(): void {
    this.close();
    this.onclose?.();
  }

  close(): void {
    this.open = false;
    this.janus.gone(this);
  }
}
