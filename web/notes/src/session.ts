/**
 * The notes of one meeting in one page: follows the server, sends what is typed, and keeps it until it is there.
 *
 * Input is what the user types; output is what others did, and a status that says whether all is saved.
 */

import { Couriers } from "./couriers";
import { NotesDocument } from "./document";
import { Emitter, type NotesEvents } from "./events";
import { randomId } from "./ids";
import { Loader } from "./loading";
import { type Logger, SILENT } from "./logger";
import type { Operation } from "./ot/change";
import { NO_STORE, type PendingSlot, type PendingStore } from "./pending";
import { Permission } from "./permission";
import { Replica, type ReplicaParts } from "./replica";
import type { NotesServer, Stop } from "./server";
import type { Access, Cursor, Kept, Status } from "./types";

export type NotesOptions = {
  /** Where pending edits are kept. Nothing is kept by default, and the status says so. */
  store?: PendingStore;
  /** Receives warnings about failures that are retried. Silent by default. */
  logger?: Logger;
};

export class NotesSession extends Emitter<NotesEvents> {
  /** What is on the screen, once the text is known. */
  private own: Replica | null = null;
  private closed = false;
  private online = true;
  private stop: Stop | null = null;
  private readonly couriers: Couriers;
  private readonly parts: ReplicaParts;
  private readonly store: PendingStore;

  constructor(
    private readonly server: NotesServer,
    { store = NO_STORE, logger = SILENT }: NotesOptions = {},
  ) {
    super();
    this.store = store;
    const onChange = () => this.emit("status", this.status);
    const permission = new Permission({
      onAccess: (access) => this.emit("access", access),
      onRefused: onChange,
      onRetry: () => this.own?.tryAgain(),
    });
    const loader = new Loader(server, (error) => permission.refuseReading(error));
    this.couriers = new Couriers(server, logger, onChange);
    this.parts = { server, loader, permission, events: this, onChange, logger };
  }

  /** Begin: with what an earlier page has left, or with the text of the server. Then `ready` is emitted. */
  async start(): Promise<void> {
    const { loader, permission, logger, onChange } = this.parts;
    this.stop = this.server.followConnection((online) => {
      const returned = online && !this.online;
      this.online = online;
      if (returned) for (const one of [loader, this.own, this.couriers]) one?.hurry();
      onChange();
    });
    const [own, ...others] = await this.store.claim().catch((error: unknown) => {
      logger.warn("earlier notes cannot be read on this device", error);
      return [];
    });
    if (this.closed) return;
    for (const one of others) this.couriers.adopt(one);
    if (own) {
      this.begin(NotesDocument.from(own.record), own.slot, true);
      return;
    }
    const slot = await this.store.open();
    const text = await loader.load(0);
    if (!text) return;
    permission.allowReading();
    this.begin(NotesDocument.of(text, randomId()), slot, false);
  }

  /** Whether the text is known. */
  get isOpen(): boolean {
    return this.own !== null;
  }

  /** The text on the screen, or null while it is not known. */
  get text(): string | null {
    return this.own?.document.text ?? null;
  }

  get status(): Status {
    const pending = this.isPending;
    const kept = leastOf([this.own?.kept ?? "yes", ...this.couriers.kept]);
    if (!this.online) return { state: "offline", pending, kept };
    const error = this.parts.permission.refusal ?? this.couriers.refusal;
    if (error !== null) return { state: "refused", error, pending, kept };
    if (this.own === null) return { state: "opening" };
    return pending ? { state: "saving", kept } : { state: "saved" };
  }

  /** What this member may do, or null while that is not known. */
  get access(): Access | null {
    return this.parts.permission.access;
  }

  /** Whether the server lacks something that was typed, here or on an earlier page. */
  get isPending(): boolean {
    return (this.own?.document.isPending ?? false) || this.couriers.isPending;
  }

  /** Whether closing this page would lose edits. */
  get isAtRisk(): boolean {
    return [this.own?.kept, ...this.couriers.kept].includes("no");
  }

  /** What the server does not have, as whole texts: to copy it when it is refused. */
  get unsavedTexts(): string[] {
    const own = this.own?.document.isPending ? [this.own.document.text] : [];
    return [...own, ...this.couriers.unsavedTexts];
  }

  get shownCursors(): Cursor[] {
    return this.own?.presence.shown ?? [];
  }

  /** Take in an edit of the text on the screen. */
  edit(changes: Operation): void {
    if (changes.length > 0) this.own?.edit(changes);
  }

  /** Edit the text on behalf of the user, elsewhere than in the editor, which is told as of changes of others. */
  change(changes: Operation): void {
    this.edit(changes);
    this.emit("remote", changes);
  }

  /** The user has moved the cursor. */
  select(anchor: number, head: number): void {
    this.own?.presence.select(anchor, head);
  }

  /** The notes are no longer on the screen: others do not see the cursor any more. */
  deselect(): void {
    this.own?.presence.hide();
  }

  /** The client whose cursor others see because of this page, or null. */
  get seenAs(): string | null {
    return this.own?.presence.seenAs ?? null;
  }

  /** Let changes of others wait for a moment, while an input method composes. */
  hold(): void {
    this.own?.shown.hold();
  }

  release(): void {
    this.own?.shown.release();
  }

  /** Keep and send now what is pending: the page may end. */
  flush(): void {
    this.own?.flush();
    this.couriers.flush();
  }

  /** Stop; edits that are pending stay in the store. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.stop?.();
    this.parts.loader.stop();
    this.parts.permission.close();
    await Promise.all([this.own?.close(), this.couriers.close()]);
  }

  private begin(document: NotesDocument, slot: PendingSlot, stored: boolean): void {
    this.own = new Replica(document, slot, stored, this.parts);
    this.emit("ready", document.text);
    this.own.start();
  }
}

/** Return how much of what is pending outlives this page, if parts of it do. */
function leastOf(all: Kept[]): Kept {
  return all.find((one) => one === "no") ?? all.find((one) => one === "soon") ?? "yes";
}
