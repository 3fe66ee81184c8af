/**
 * The sound of others, for the whole page. Where the browser requires a user action to play sound, videos play silently
 * and one button unblocks all of it. All sound plays through the chosen speaker.
 */

import type { SoundOutput } from "./ports";
import { nameOf } from "./problems";

export type Player = Pick<
  HTMLMediaElement,
  "play" | "muted" | "srcObject" | "addEventListener" | "removeEventListener"
> & { setSinkId?: (deviceId: string) => Promise<void> };

export class Playback implements SoundOutput {
  private readonly players = new Set<Player>();
  /** Elements that play silently because the browser blocked sound. */
  private readonly silenced = new Set<Player>();
  private readonly listeners = new Set<() => void>();
  private speaker = "";

  constructor(readonly canChoose: boolean) {}

  /** Whether sound waits for a user action. */
  readonly isBlocked = (): boolean => this.silenced.size > 0;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Keep an element playing; return how to stop doing so. */
  add(player: Player): () => void {
    const goOn = () => {
      if ((player.srcObject as MediaStream | null)?.active) void this.play(player);
    };
    this.players.add(player);
    // systems pause what they interrupt, and so does the end of picture-in-picture
    player.addEventListener("pause", goOn);
    if (this.speaker) this.route(player, this.speaker).catch(() => undefined);
    void this.play(player);
    return () => {
      player.removeEventListener("pause", goOn);
      this.players.delete(player);
      if (this.silenced.delete(player)) player.muted = false;
      this.tell();
    };
  }

  /** Play everything with sound. Call it while handling a user action. */
  readonly unblock = async (): Promise<void> => {
    const waiting = [...this.silenced];
    this.silenced.clear();
    for (const player of waiting) player.muted = false;
    await Promise.all(waiting.map((player) => this.play(player)));
    this.tell();
  };

  async setSpeaker(deviceId: string): Promise<void> {
    this.speaker = deviceId;
    await Promise.all([...this.players].map((player) => this.route(player, deviceId)));
  }

  private async play(player: Player): Promise<void> {
    if (!this.players.has(player) || !player.srcObject) return;
    try {
      await player.play();
    } catch (error) {
      // any other error means that the element got another source meanwhile
      if (nameOf(error) === "NotAllowedError") this.silence(player);
    }
  }

  private silence(player: Player): void {
    if (!this.players.has(player) || player.muted) return;
    player.muted = true;
    this.silenced.add(player);
    this.tell();
    player.play().catch(() => undefined);
  }

  private async route(player: Player, deviceId: string): Promise<void> {
    await player.setSinkId?.(deviceId);
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

export const playback = new Playback(
  typeof HTMLMediaElement !== "undefined" && "setSinkId" in HTMLMediaElement.prototype,
);
