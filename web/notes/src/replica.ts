/**
 * One client's copy of the notes, kept the same as the server's: takes in what others write, sends what is pending, and
 * loads the whole text again when the operations do not lead there.
 */

import { Diverged, type NotesDocument } from "./document";
import { type Refused, UnfitOperation } from "./errors";
import type { Emitter, NotesEvents } from "./events";
import { randomId } from "./ids";
import { Keeper } from "./keeper";
import type { Loader } from "./loading";
import type { Logger } from "./logger";
import { OperationsStream } from "./operationsStream";
import type { Operation } from "./ot/change";
import type { PendingSlot } from "./pending";
import type { Permission } from "./permission";
import { Presence } from "./presence";
import { Sender } from "./sender";
import type { NotesServer } from "./server";
import { Shown } from "./shown";
import type { CommittedOperation, Kept, Writer } from "./types";

/** What a replica works with. `events` gets what others do; `onChange` is called when the status may have changed. */
export type ReplicaParts = {
  server: NotesServer;
  loader: Loader;
  permission: Permission;
  events: Emitter<NotesEvents>;
  onChange: () => void;
  logger: Logger;
};

export class Replica {
  readonly presence: Presence;
  readonly shown: Shown;
  private loading = false;
  private readonly keeper: Keeper;
  private readonly sender: Sender;
  private readonly stream: OperationsStream;

  /** `stored`: the slot holds the document already. */
  constructor(
    readonly document: NotesDocument,
    slot: PendingSlot,
    stored: boolean,
    private readonly parts: ReplicaParts,
  ) {
    const { server, logger, permission } = parts;
    const record = () => (document.isPending ? document.record : null);
    this.keeper = new Keeper(slot, record, () => this.changed(), logger, stored);
    this.sender = new Sender(document, server, this.keeper, (error) => this.refused(error), logger);
    this.presence = new Presence(document, server);
    this.shown = new Shown((changes) => this.show(changes));
    this.stream = new OperationsStream(server, {
      onOperation: (operation) => this.receive(operation),
      onCaughtUp: () => this.caughtUp(),
      onReset: () => void this.reload(),
      onError: (error) => permission.refuseReading(error),
    });
  }

  /** Follow the server, and begin to send. */
  start(): void {
    const { permission, server } = this.parts;
    this.presence.follow((joined) => this.listed(joined));
    permission.follow(server);
    this.follow();
    this.sender.wake();
    this.changed();
  }

  get refusal(): unknown {
    return this.parts.permission.refusal;
  }

  /** Whether all that is pending outlives this page. */
  get kept(): Kept {
    return this.document.isPending ? this.keeper.kept : "yes";
  }

  /** Take in an edit of the text on the screen. */
  edit(changes: Operation): void {
    this.document.edit(this.shown.edit(changes));
    this.keeper.touch();
    this.sender.wake();
    this.changed();
  }

  /** Keep and send now what is pending. */
  flush(): void {
    if (this.document.isPending) void this.keeper.flush();
    this.sender.wake(true);
  }

  /** Load and send now what waits, as there is a connection again. */
  hurry(): void {
    this.parts.loader.hurry();
    this.sender.wake(true);
  }

  /** Try again what the server has refused. */
  tryAgain(): void {
    if (this.parts.permission.isUnreadable && !this.loading) this.follow();
    this.sender.wake();
  }

  /** Stop; edits that are pending stay in the slot. */
  async close(): Promise<void> {
    this.stream.stop();
    this.parts.loader.stop();
    this.parts.permission.close();
    this.presence.close();
    this.sender.stop();
    await this.keeper.close();
  }

  private follow(): void {
    this.stream.start(this.document.sequence, this.document.at);
  }

  private receive(operation: CommittedOperation): void {
    const { document, parts } = this;
    try {
      this.shown.receive(document.receive(operation));
    } catch (error) {
      if (!(error instanceof Diverged || error instanceof UnfitOperation)) throw error;
      parts.logger.warn("the notes have to be loaded again", error);
      void this.reload();
      return;
    }
    this.presence.commit(operation);
    const own = operation.clientId === document.clientId;
    if (!own && operation.userId) parts.events.emit("wrote", { userId: operation.userId });
    this.keeper.touch();
    this.sender.wake();
  }

  private caughtUp(): void {
    this.parts.permission.allowReading();
    this.parts.events.emit("cursors", this.presence.shown);
    this.changed();
  }

  private show(changes: Operation): void {
    this.presence.move(changes);
    this.parts.events.emit("remote", changes);
  }

  /** Load the text again, and bring what is pending over to it. Own edits go on meanwhile. */
  private async reload(): Promise<void> {
    const { document, sender, parts } = this;
    if (this.loading) return;
    this.loading = true;
    this.stream.stop();
    await sender.pause();
    const outcome = await sender.settle();
    let least = 0;
    let { clientId } = document;
    if (outcome && "committed" in outcome) {
      document.join();
      least = outcome.committed;
    } else if (outcome) {
      document.takeBack();
      clientId = randomId();
    }
    const text = await parts.loader.load(least);
    this.loading = false;
    if (!text) return;
    parts.permission.allowReading();
    this.shown.receive(document.rebase(text, clientId));
    this.presence.reset();
    this.keeper.touch();
    this.stream.start(text.sequence, text.at);
    sender.resume();
    this.changed();
  }

  private refused(error: Refused): void {
    if (error.code === "CONFLICT") {
      void this.reload();
      return;
    }
    this.document.takeBack();
    this.keeper.touch();
    this.parts.permission.refuseWriting(error);
  }

  private listed(joined: Writer[]): void {
    const { events } = this.parts;
    this.sender.alone = this.presence.isAlone;
    events.emit("cursors", this.presence.shown);
    if (joined.length > 0) events.emit("joined", joined);
  }

  private changed(): void {
    if (!this.document.isPending) this.parts.permission.allowWriting();
    this.parts.onChange();
  }
}
