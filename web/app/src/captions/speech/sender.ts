/**
 * Sends one's own speech to the recogniser of the server, over a socket of its own that is open while there is speech.
 *
 * Guarantees:
 * - Speech is kept until the server says that its words are stored, and sent again after any failure: up to 30 s.
 * - At most 64 kB wait in the socket, and at most 30 frames a second are sent.
 * - After `mute`, nothing that was not offered before is sent.
 *
 * Does not know: microphones, and who may be heard. It is told what to send.
 */

import type { PauseReason } from "../types";
import { LevelGate } from "./gate";
import { type Notice, noticeOf } from "./notices";
import { Pace } from "./pace";
import { encoded, Unstored } from "./unstored";

export type CapturedFrame = { samples: Int16Array; level: number; at: number };
/** What the server needs to know at the start of each socket; null while nobody is signed in. */
export type Hello = { token: string; meetingId: string; sessionId: string; language?: string };
/** The parts of a WebSocket in use. */
export type SpeechSocket = Pick<WebSocket, "send" | "close" | "bufferedAmount">;
export type SocketListener = { opened: () => void; message: (data: unknown) => void; closed: (code: number) => void };
export type Ports = { open: (listener: SocketListener) => SpeechSocket; hello: () => Hello | null };

/**
 * `away`: the server cannot be reached. `refused`: it does not take this speech; `language`: nor know this language.
 * `broken`: this page cannot hear; `deaf`: its browser does not start the sound.
 */
export type Link = "idle" | "opening" | "open" | "paused" | "away" | "refused" | "language" | "broken" | "deaf";
/** `reason` and `retryAt` tell of a pause; `behind`: words come late; `lost`: seconds that no words will come of. */
export type SpeechState = {
  link: Link;
  reason: PauseReason | null;
  retryAt: number | null;
  behind: boolean;
  lost: number;
};

const MAX_WAITING_BYTES = 64_000;
const TICK_MS = 100;
const CLOCK_EVERY_MS = 30_000;
/** The server says something about speech within this time, or it is gone; in a pause it has more. */
const SILENT_MS = 20_000;
const SILENT_PAUSE_MS = 60_000;
/** Without speech for so long, the socket is closed. */
const IDLE_MS = 60_000;
const FLUSH_MS = 2_000;
/** Sentences are stored within this time, unless the recogniser is slow. */
const BEHIND_MS = 16_000;
const REFUSED_MS = 10_000;
const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000] as const;
const NOT_ALLOWED = 4_403;
const UNKNOWN_LANGUAGE = 4_406;
/** Closed for good; and closed to go on by another socket. */
const DONE = 1_000;
const GONE = 4_000;
const FRAMES_PER_S = 10;

export const QUIET: SpeechState = { link: "idle", reason: null, retryAt: null, behind: false, lost: 0 };

export class SpeechSender {
  private readonly unstored = new Unstored();
  private readonly gate = new LevelGate<CapturedFrame>();
  private readonly line = new Line();
  private state = QUIET;
  private readonly retries = new Retries();
  private pause: { reason: PauseReason; retryAt: number | null } | null = null;
  private flushed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private spokeAt = 0;
  private closed = false;

  constructor(
    private readonly ports: Ports,
    private readonly onState: (state: SpeechState) => void,
  ) {}

  /** Take the next frame of the microphone. */
  offer(frame: CapturedFrame): void {
    if (this.closed) return;
    for (const { at, samples } of this.gate.pass(frame)) this.unstored.add(at, samples);
    this.work();
  }

  /** Send what is left, and have its words at once: the microphone is silent from here on. */
  mute(): void {
    this.gate.shut();
    if (!this.unstored.isEmpty) this.line.flush(this.unstored.lastSequence);
    this.work();
  }

  /** End: wait a moment until everything is stored, then close. */
  async close(): Promise<void> {
    this.flushed = false;
    this.mute();
    const until = Date.now() + FLUSH_MS;
    const isDone = () => this.unstored.isEmpty || this.flushed || Date.now() >= until;
    while (!isDone()) await new Promise((done) => setTimeout(done, TICK_MS));
    this.closed = true;
    clearTimeout(this.timer);
    this.line.end(DONE);
  }

  /** Do what is due, and come back while anything is left to do. */
  private work(): void {
    if (this.closed) return;
    const now = Date.now();
    if (!this.unstored.isEmpty) this.spokeAt = now;
    if (this.line.isClosed) this.reopen(now);
    else this.attend(now);
    this.publish(now);
    clearTimeout(this.timer);
    if (!this.unstored.isEmpty || !this.line.isClosed) this.timer = setTimeout(() => this.work(), TICK_MS);
  }

  private reopen(now: number): void {
    if (this.unstored.isEmpty || now < this.retries.at) return;
    const hello = this.ports.hello();
    if (!hello) return;
    this.retries.begin(now);
    this.line.open(this.ports.open, hello, now, {
      notice: (notice) => this.take(notice),
      closed: (code) => this.lose(code),
    });
  }

  private attend(now: number): void {
    const silent = this.pause ? SILENT_PAUSE_MS : SILENT_MS;
    if (!this.unstored.isEmpty && now - this.line.heardAt > silent) this.line.end(GONE);
    if (this.unstored.isEmpty && now - this.spokeAt > IDLE_MS) this.line.end(DONE);
    if (!this.line.isReady) return;
    this.line.tellClock(now);
    if (!this.pause) this.line.sendFrom(this.unstored, now);
  }

  private take(notice: Notice): void {
    switch (notice.type) {
      case "ready":
        this.retries.reset();
        this.pause = null;
        this.unstored.settle(notice.through);
        // After a pause, what has waited here is sent from the beginning.
        this.line.sendAgain();
        break;
      case "through":
        this.unstored.settle(notice.through);
        this.flushed ||= notice.flushed;
        break;
      case "paused": {
        const { reason, retryAfterMs } = notice;
        this.pause = { reason, retryAt: retryAfterMs === null ? null : Date.now() + retryAfterMs };
      }
    }
    this.work();
  }

  private lose(code: number): void {
    this.pause = null;
    this.retries.lose(code, Date.now());
    this.work();
  }

  private publish(now: number): void {
    const { oldestAt, lost } = this.unstored;
    const next: SpeechState = {
      link: this.linkNow(),
      reason: this.pause?.reason ?? null,
      retryAt: this.pause?.retryAt ?? null,
      behind: oldestAt !== null && now - oldestAt > BEHIND_MS,
      lost: Math.ceil(lost / FRAMES_PER_S),
    };
    const same = (Object.keys(next) as (keyof SpeechState)[]).every((key) => next[key] === this.state[key]);
    if (same) return;
    this.state = next;
    this.onState(next);
  }

  private linkNow(): Link {
    if (this.pause) return "paused";
    if (this.line.isReady) return "open";
    if (this.retries.refusal) return this.retries.refusal;
    if (this.unstored.isEmpty) return "idle";
    return this.retries.attempts > 1 ? "away" : "opening";
  }
}

/** When the next socket may be opened, and why the server refused the last one, if it did. */
class Retries {
  at = 0;
  attempts = 0;
  refusal: Link | null = null;

  begin(now: number): void {
    this.at = now + this.wait;
    this.attempts++;
  }

  lose(code: number, now: number): void {
    this.refusal = code === UNKNOWN_LANGUAGE ? "language" : code === NOT_ALLOWED ? "refused" : null;
    this.at = now + (this.refusal ? REFUSED_MS : this.wait);
    // Another language begins again with another sender.
    if (code === UNKNOWN_LANGUAGE) this.at = Number.POSITIVE_INFINITY;
  }

  reset(): void {
    this.attempts = 0;
    this.refusal = null;
  }

  private get wait(): number {
    return RETRY_MS[Math.min(this.attempts, RETRY_MS.length - 1)] ?? REFUSED_MS;
  }
}

type Listener = { notice: (notice: Notice) => void; closed: (code: number) => void };

/** One socket after the other, and how far each has come. */
class Line {
  /** Whether the server has taken the introduction. */
  isReady = false;
  heardAt = 0;
  private socket: SpeechSocket | null = null;
  private readonly pace = new Pace();
  private sent = 0;
  private clockAt = 0;
  /** When this frame is sent, the server is asked for its words at once. */
  private flushAfter = 0;

  get isClosed(): boolean {
    return this.socket === null;
  }

  open(connect: Ports["open"], hello: Hello, now: number, { notice, closed }: Listener): void {
    this.isReady = false;
    this.heardAt = now;
    this.sendAgain();
    const isCurrent = () => this.socket === socket;
    const socket = connect({
      opened: () => {
        if (!isCurrent()) return;
        this.clockAt = Date.now();
        socket.send(JSON.stringify({ type: "start", ...hello, clock: this.clockAt }));
      },
      message: (data) => {
        if (!isCurrent()) return;
        this.heardAt = Date.now();
        const heard = noticeOf(data);
        if (heard?.type === "ready" || heard?.type === "paused") this.isReady = true;
        if (heard) notice(heard);
      },
      closed: (code) => {
        if (!isCurrent()) return;
        this.socket = null;
        this.isReady = false;
        closed(code);
      },
    });
    this.socket = socket;
  }

  end(code: number): void {
    const { socket } = this;
    this.socket = null;
    this.isReady = false;
    socket?.close(code);
  }

  /** Begin again after the last frame whose words are stored. */
  sendAgain(): void {
    this.sent = 0;
  }

  /** Ask for the words of all frames up to this one, when it is sent. */
  flush(sequence: number): void {
    this.flushAfter = sequence;
    if (this.isReady && this.sent >= sequence) this.sendFlush();
  }

  /** Tell the time of this page, by which the server knows how the clocks are apart. */
  tellClock(now: number): void {
    if (now - this.clockAt < CLOCK_EVERY_MS) return;
    this.clockAt = now;
    this.socket?.send(JSON.stringify({ type: "clock", clock: now }));
  }

  sendFrom(unstored: Unstored, now: number): void {
    const { socket } = this;
    for (let frame = unstored.after(this.sent); socket && frame; frame = unstored.after(this.sent)) {
      if (socket.bufferedAmount > MAX_WAITING_BYTES || !this.pace.take(now)) return;
      socket.send(encoded(frame));
      this.sent = frame.sequence;
      if (frame.sequence === this.flushAfter) this.sendFlush();
    }
  }

  private sendFlush(): void {
    this.socket?.send(JSON.stringify({ type: "flush" }));
  }
}
