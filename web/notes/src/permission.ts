/** Whether the server lets this member read and write the notes, and when to try again after a refusal. */

import type { NotesServer, Stop } from "./server";
import type { Access } from "./types";

/** How long a refused call waits, if nothing else gives a reason to try again. */
const TRY_AGAIN_MS = 30_000;

export type PermissionHooks = {
  onAccess: (access: Access) => void;
  onRefused: () => void;
  /** A refused call may succeed now. */
  onRetry: () => void;
};

export class Permission {
  /** What this member may do, or null while that is not known. */
  access: Access | null = null;
  private reading: unknown = null;
  private writing: unknown = null;
  private closed = false;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private stop: Stop | null = null;

  constructor(private readonly hooks: PermissionHooks) {}

  /** Why the server does not show the notes, or does not take what is pending; null while it does both. */
  get refusal(): unknown {
    return this.reading ?? this.writing;
  }

  get isUnreadable(): boolean {
    return this.reading !== null;
  }

  /** Follow what this member may do. */
  follow(server: NotesServer): void {
    this.stop = server.followAccess((access) => {
      this.access = access;
      this.hooks.onAccess(access);
      if (access.canWrite && this.refusal !== null) this.hooks.onRetry();
    });
  }

  refuseReading(error: unknown): void {
    this.reading = error;
    this.tryLater();
  }

  refuseWriting(error: unknown): void {
    this.writing = error;
    this.tryLater();
  }

  allowReading(): void {
    this.reading = null;
  }

  allowWriting(): void {
    this.writing = null;
  }

  close(): void {
    this.closed = true;
    this.stop?.();
    this.stop = null;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private tryLater(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = this.closed ? null : setTimeout(() => this.hooks.onRetry(), TRY_AGAIN_MS);
    this.hooks.onRefused();
  }
}
