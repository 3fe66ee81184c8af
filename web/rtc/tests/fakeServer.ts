/** A signalling server in memory: sessions, queues in order, and a ladder that always says to try again. */

import type { Call, MediaEntry, RemoteSession, RoomState, Signal, Signalling, StreamFacts } from "../src/index";
import { Interrupted } from "../src/index";

/** A socket may be lost before the server has heard of a call, or when it has carried it out and not yet answered. */
export type Cut = "before" | "after";
type Name = Exclude<keyof Signalling, "getStream" | "check" | "reachable">;
/** What a Convex client repeats automatically after the loss of its socket, and carries out once. */
const REPEATED: Name[] = [
  "createSession",
  "closeSession",
  "leave",
  "setState",
  "sendDescription",
  "sendCandidate",
  "acknowledge",
];
const INTERRUPTED: Name[] = ["iceSetup", "enterRoom", "enterCall", "reportFailure", "reportQuality"];

export class FakeServer {
  /** Every call that was made, in order. */
  readonly made: Name[] = [];
  /** At which calls, counted from 0, the socket is lost. */
  readonly cuts = new Map<number, Cut>();
  /** So long the server takes for an answer. */
  latencyMs = 0;
  private readonly inFlight = new Set<() => void>();
  sessions: RemoteSession[] = [];
  readonly failures: string[] = [];
  readonly acknowledged: string[] = [];
  readonly calls = new Map<string, Call>();
  /** Where the room is. */
  place: RoomState = { provider: "webrtc", generation: 0, state: "ready" };
  entry: MediaEntry | null = null;
  /** The call at GetStream, and its client, where there is one. */
  callId: string | null = null;
  stream: StreamFacts | null = null;
  /** Tokens of that call that were given out. */
  readonly tokens: string[] = [];
  /** It does not say whether there is such a client. */
  secretive = false;
  retry = true;
  /** So long somebody whose connection failed is to wait. */
  waitMs = 0;
  /** Whereto the room moves at the next failure. */
  fallback: string | null = null;
  refreshAfterMs: number | undefined;
  setups = 0;
  losesSignals = false;
  /** Why failures are refused, if they are. */
  refusal: Error | null = null;
  /** Failures are taken and never answered. */
  silent = false;
  /** Whom nothing reaches, and who says nothing. */
  asleep: string | null = null;
  checks = 0;
  relayOnly = false;
  /** No session is begun. */
  busy = false;
  /** Whose word about themselves reaches nobody, but for the name under which they send. */
  unheard: string | null = null;
  /** While it is away nothing is answered; all of it is done when it comes back, in order. */
  private away: Promise<void> = Promise.resolve();
  private comeBack: () => void = () => undefined;
  private readonly generations = new Map<string, number>();
  private readonly queues = new Map<string, Signal[]>();
  private counted = 0;

  goAway(): void {
    this.away = new Promise((done) => {
      this.comeBack = done;
    });
  }

  returnToWork(): void {
    this.comeBack();
  }

  /** Returns the server as this person's page has it, over a socket that may be lost. */
  for(userId: string): Signalling {
    const direct = this.answers(userId);
    const overSocket: Record<string, unknown> = { ...direct };
    const bind = (name: Name) => direct[name] as (...given: unknown[]) => Promise<unknown>;
    for (const name of REPEATED) overSocket[name] = this.repeated(name, bind(name));
    for (const name of INTERRUPTED) overSocket[name] = this.interrupted(name, bind(name));
    return overSocket as unknown as Signalling;
  }

  private repeated(name: Name, work: (...given: unknown[]) => Promise<unknown>) {
    return async (...given: unknown[]) => {
      if (this.cuts.has(this.made.push(name) - 1)) this.loseSocket();
      if (this.latencyMs > 0) await new Promise((passed) => setTimeout(passed, this.latencyMs));
      return work(...given);
    };
  }

  private interrupted(name: Name, work: (...given: unknown[]) => Promise<unknown>) {
    return (...given: unknown[]) => {
      const cut = this.cuts.get(this.made.push(name) - 1);
      const answer = cut === "before" ? new Promise(() => undefined) : this.late(work, given);
      return new Promise((done, fail) => {
        const lose = () => fail(new Interrupted());
        this.inFlight.add(lose);
        answer.then(done, fail).finally(() => this.inFlight.delete(lose));
        if (cut) this.loseSocket();
      });
    };
  }

  private async late(work: (...given: unknown[]) => Promise<unknown>, given: unknown[]): Promise<unknown> {
    if (this.latencyMs > 0) await new Promise((passed) => setTimeout(passed, this.latencyMs));
    return work(...given);
  }

  private loseSocket(): void {
    for (const lose of [...this.inFlight]) lose();
  }

  private answers(userId: string): Signalling {
    const send = async (sessionId: string, to: string, type: Signal["type"], data: Signal["data"]) => {
      await this.away;
      if (!this.sessions.some((one) => one.sessionId === sessionId)) throw new Error("there is no such session");
      if (this.losesSignals || this.asleep === userId) return;
      const signal = { _id: `s${++this.counted}`, sessionId, fromUserId: userId, type, data };
      this.queues.set(to, [...(this.queues.get(to) ?? []), signal]);
      this.deliver(to);
    };
    return {
      createSession: async (sessionId) => {
        await this.away;
        if (this.busy) throw new Error("too much to do");
        this.sessions = [...this.sessions.filter((one) => one.sessionId !== sessionId), session(sessionId, userId)];
        this.generations.set(sessionId, this.place.generation);
        this.tell();
      },
      closeSession: async (sessionId) => {
        await this.away;
        this.end(sessionId);
      },
      leave: async (sessionIds) => {
        await this.away;
        for (const sessionId of sessionIds) this.end(sessionId);
      },
      reachable: () => this.away,
      setState: async (sessionId, state, metadata) => {
        await this.away;
        const held = this.sessions.find((one) => one.sessionId === sessionId);
        if (!held) throw new Error("no such session");
        if (held.state === "connected" && state === "connecting") throw new Error("a session does not go back");
        const { feed } = metadata;
        Object.assign(held, userId === this.unheard ? { metadata: { feed } } : { state, metadata });
        this.tell();
      },
      sendDescription: (sessionId, to, description) => send(sessionId, to, "sdp", description),
      sendCandidate: (sessionId, to, candidate) => send(sessionId, to, "ice", candidate),
      acknowledge: async (ids) => {
        await this.away;
        this.acknowledged.push(...ids);
        this.queues.set(
          userId,
          (this.queues.get(userId) ?? []).filter((signal) => !ids.includes(signal._id)),
        );
      },
      iceSetup: async () => {
        await this.away;
        this.setups += 1;
        const urls = `turn:${this.setups}`;
        const { relayOnly, refreshAfterMs } = this;
        return { iceServers: [{ urls }], relayOnly, ...(refreshAfterMs !== undefined && { refreshAfterMs }) };
      },
      enterRoom: async (sessionId) => {
        await this.away;
        if (this.isLate(sessionId)) throw new Error("the room has moved since this session began");
        if (this.entry === null) throw new Error("the media server does not answer");
        return { ...this.entry, feedId: `${userId}.${sessionId.replaceAll(".", "-")}` };
      },
      enterCall: async (sessionId) => {
        await this.away;
        if (this.isLate(sessionId)) throw new Error("the room has moved since this session began");
        if (this.callId === null) throw new Error("GetStream does not answer");
        this.tokens.push(`${userId} ${this.tokens.length}`);
        return { callId: this.callId, token: this.tokens.at(-1) ?? "" };
      },
      getStream: async () => {
        await this.away;
        if (this.secretive) throw new Error("no answer");
        return this.stream;
      },
      reportFailure: async (sessionId, errorType) => {
        await this.away;
        if (this.refusal) throw this.refusal;
        if (this.silent) return new Promise(() => undefined);
        this.failures.push(`${userId} ${errorType}`);
        this.end(sessionId);
        if (this.isLate(sessionId)) return { retryRecommended: true, fallbackProvider: this.place.provider };
        const fallback = this.fallback;
        if (fallback === null) return { retryRecommended: this.retry, waitMs: this.waitMs };
        this.fallback = null;
        this.move(fallback);
        return { retryRecommended: true, fallbackProvider: fallback };
      },
      check: () => {
        this.checks += 1;
      },
      reportQuality: () => this.away,
    };
  }

  /** Forgets everybody and everything that was asked. */
  reset(): void {
    this.sessions = [];
    this.calls.clear();
    this.queues.clear();
    this.cuts.clear();
    this.made.length = 0;
    this.failures.length = 0;
    this.place = { provider: "webrtc", generation: 0, state: "ready" };
  }

  end(sessionId: string): void {
    this.sessions = this.sessions.filter((one) => one.sessionId !== sessionId);
    this.tell();
  }

  /** Makes a session one from before the room moved. */
  backdate(sessionId: string): void {
    this.generations.set(sessionId, this.place.generation - 1);
  }

  /** Moves everybody. */
  move(provider: string, state: RoomState["state"] = "ready"): void {
    this.place = { provider, generation: this.place.generation + 1, state };
    this.tell();
  }

  tell(): void {
    for (const call of this.calls.values()) call.setRoom(this.place);
    const present = new Set(this.calls.keys());
    for (const call of this.calls.values()) call.setSessions(this.sessions, present);
  }

  private isLate(sessionId: string): boolean {
    return this.generations.get(sessionId) !== this.place.generation;
  }

  wake(): void {
    const userId = this.asleep ?? "";
    this.asleep = null;
    this.deliver(userId);
  }

  /** Brings what waits for somebody. */
  deliver(userId: string): void {
    if (this.asleep === userId) return;
    this.calls.get(userId)?.receive(this.queues.get(userId) ?? []);
  }
}

function session(sessionId: string, userId: string): RemoteSession {
  return { sessionId, userId, state: "connecting" };
}
