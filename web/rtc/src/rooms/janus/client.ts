/**
 * A client of a Janus media server over its WebSocket: a session, plugin handles, and transactions with a timeout.
 *
 * Guarantees: every request settles in time; the loss of the connection is reported once, at once. Does not know: what
 * a plugin does.
 */

import { JanusError } from "../../errors";

export const ANSWER_WITHIN_MS = 5_000;
/** Janus ends a session after 60 s without a request. */
export const KEEPALIVE_EVERY_MS = 20_000;
const PROTOCOL = "janus-protocol";
const OPENING = "opening";

export type Credentials = { token?: string; apisecret?: string };
export type Jsep = { type: RTCSdpType; sdp: string };
/** A plugin's message: an answer or an event. */
export type PluginMessage = { data: Record<string, unknown>; jsep?: Jsep };
/** `onHangup`: Janus reports that the peer connection of the handle is closed. */
export type HandleEvents = {
  onMessage(message: PluginMessage): void;
  onTrickle(candidate: RTCIceCandidateInit): void;
  onHangup(reason: string): void;
};

type Message = {
  janus: string;
  transaction?: string;
  sender?: number;
  session_id?: number;
  data?: { id: number };
  error?: { code: number; reason: string };
  plugindata?: { data: Record<string, unknown> };
  jsep?: Jsep;
  candidate?: RTCIceCandidateInit & { completed?: boolean };
  reason?: string;
};
/** `acknowledged`: an "ack" is the final answer. */
type Waiting = { resolve(message: Message): void; reject(error: Error): void; timer: Timer; acknowledged: boolean };
type Timer = ReturnType<typeof setTimeout>;

export class JanusClient {
  private readonly socket: WebSocket;
  private readonly waiting = new Map<string, Waiting>();
  private readonly handles = new Map<number, HandleEvents>();
  private id: number | null = null;
  private counted = 0;
  private keepalive: Timer | undefined;
  private onGone: (why: string) => void = () => undefined;
  private over = false;

  private constructor(
    url: string,
    private readonly credentials: Credentials,
  ) {
    this.socket = new WebSocket(url, PROTOCOL);
    this.socket.onopen = () => this.settle(OPENING);
    this.socket.onmessage = ({ data }) => this.onMessage(String(data));
    this.socket.onclose = () => this.end("the media server has closed the connection");
  }

  /** Open a session. Rejects if the server is unreachable or refuses; then `onGone` is never called. */
  static async open(url: string, credentials: Credentials, onGone: (why: string) => void): Promise<JanusClient> {
    const session = new JanusClient(url, credentials);
    try {
      await session.expect(OPENING);
      session.id = idIn(await session.request({ janus: "create" }));
    } catch (error) {
      session.close();
      throw error;
    }
    session.onGone = onGone;
    session.keepalive = setInterval(() => session.stayAlive(), KEEPALIVE_EVERY_MS);
    return session;
  }

  async attach(plugin: string, events: HandleEvents): Promise<JanusHandle> {
    const id = idIn(await this.request({ janus: "attach", plugin }));
    this.handles.set(id, events);
    return new JanusHandle(this, id);
  }

  /** End the session and everything in it. `onGone` is not called. */
  close(): void {
    if (this.over) return;
    if (this.id !== null) this.send({ janus: "destroy" });
    this.stop("the session was closed");
  }

  /** Send a request. Resolves with the answer, which for a plugin message follows an acknowledgement. */
  request(message: Record<string, unknown>, acknowledged = false): Promise<Message> {
    if (this.over) return Promise.reject(new Error("the connection to the media server is closed"));
    return this.expect(this.send(message), acknowledged);
  }

  /** Send a request without waiting for its answer; return its transaction. */
  send(message: Record<string, unknown>): string {
    const transaction = String(++this.counted);
    const session = this.id === null ? {} : { session_id: this.id };
    this.socket.send(JSON.stringify({ ...message, ...session, ...this.credentials, transaction }));
    return transaction;
  }

  forget(handle: number): void {
    this.handles.delete(handle);
  }

  private expect(transaction: string, acknowledged = false): Promise<Message> {
    return new Promise((resolve, reject) => {
      const late = new Error(`the media server did not answer within ${ANSWER_WITHIN_MS / 1000} s`);
      const timer = setTimeout(() => this.settle(transaction, late), ANSWER_WITHIN_MS);
      this.waiting.set(transaction, { resolve, reject, timer, acknowledged });
    });
  }

  private settle(transaction: string, outcome: Message | Error = { janus: "success" }): void {
    const waiting = this.waiting.get(transaction);
    if (!waiting) return;
    this.waiting.delete(transaction);
    clearTimeout(waiting.timer);
    if (outcome instanceof Error) waiting.reject(outcome);
    else waiting.resolve(outcome);
  }

  /** Malformed messages are ignored: a request that waits for one times out. */
  private onMessage(text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      message = null;
    }
    if (typeof message === "object" && message !== null) this.take(message as Message);
  }

  private take(message: Message): void {
    const { transaction } = message;
    const waiting = transaction === undefined ? undefined : this.waiting.get(transaction);
    if (message.janus === "ack" && !waiting?.acknowledged) return;
    if (waiting && transaction !== undefined) this.settle(transaction, faultIn(message) ?? message);
    else if (message.janus === "timeout") this.end("the media server has ended the session");
    else this.pass(message);
  }

  private pass(message: Message): void {
    const events = this.handles.get(message.sender ?? Number.NaN);
    if (message.janus === "event") events?.onMessage(contentOf(message));
    if (message.janus === "trickle" && message.candidate?.candidate) events?.onTrickle(message.candidate);
    if (message.janus === "hangup") events?.onHangup(message.reason ?? "no reason given");
  }

  private stayAlive(): void {
    this.request({ janus: "keepalive" }, true).catch(() => this.end("the media server does not answer any more"));
  }

  private end(why: string): void {
    if (this.over) return;
    this.stop(why);
    this.onGone(why);
  }

  private stop(why: string): void {
    this.over = true;
    clearInterval(this.keepalive);
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    for (const transaction of [...this.waiting.keys()]) this.settle(transaction, new Error(why));
  }
}

/** A plugin handle of a session, with at most one peer connection. */
export class JanusHandle {
  constructor(
    private readonly session: JanusClient,
    private readonly id: number,
  ) {}

  /** Send a message to the plugin and resolve with its answer. Rejects with a JanusError if the plugin refuses. */
  async message(body: Record<string, unknown>, jsep?: Jsep): Promise<PluginMessage> {
    return contentOf(await this.session.request({ janus: "message", handle_id: this.id, body, ...(jsep && { jsep }) }));
  }

  /** Send a candidate; null marks the end of candidates. */
  trickle(candidate: RTCIceCandidateInit | null): void {
    this.session.send({ janus: "trickle", handle_id: this.id, candidate: candidate ?? { completed: true } });
  }

  detach(): void {
    this.session.forget(this.id);
    this.session.send({ janus: "detach", handle_id: this.id });
  }
}

function idIn(message: Message): number {
  if (message.data === undefined) throw new JanusError(0, "the media server gave no id");
  return message.data.id;
}

function contentOf(message: Message): PluginMessage {
  return { data: message.plugindata?.data ?? {}, ...(message.jsep && { jsep: message.jsep }) };
}

function faultIn(message: Message): JanusError | null {
  if (message.janus === "error") return new JanusError(message.error?.code ?? 0, message.error?.reason ?? "refused");
  const { error_code: code, error } = message.plugindata?.data ?? {};
  return typeof code === "number" ? new JanusError(code, String(error)) : null;
}
