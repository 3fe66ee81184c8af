/** Sends what earlier pages have left: one replica for each of them, without a screen, until all is saved. */

import { NotesDocument } from "./document";
import { Emitter, type NotesEvents } from "./events";
import { Loader } from "./loading";
import type { Logger } from "./logger";
import type { Claimed } from "./pending";
import { Permission } from "./permission";
import { Replica } from "./replica";
import type { NotesServer } from "./server";
import type { Kept } from "./types";

export class Couriers {
  private all: Replica[] = [];

  constructor(
    private readonly server: NotesServer,
    private readonly logger: Logger,
    private readonly onChange: () => void,
  ) {}

  /** Begin to send a record that an earlier page has left. */
  adopt({ slot, record }: Claimed): void {
    const { server, logger } = this;
    const permission = new Permission({
      onAccess: () => undefined,
      onRefused: () => this.changed(courier),
      onRetry: () => courier.tryAgain(),
    });
    const loader = new Loader(server, (error) => permission.refuseReading(error));
    const onChange = () => this.changed(courier);
    const parts = { server, loader, permission, events: new Emitter<NotesEvents>(), onChange, logger };
    const courier: Replica = new Replica(NotesDocument.from(record), slot, true, parts);
    this.all.push(courier);
    courier.start();
  }

  get isPending(): boolean {
    return this.all.some(({ document }) => document.isPending);
  }

  get kept(): Kept[] {
    return this.all.map(({ kept }) => kept);
  }

  /** The first refusal of the server, or null. */
  get refusal(): unknown {
    return this.all.find(({ refusal }) => refusal !== null)?.refusal ?? null;
  }

  get unsavedTexts(): string[] {
    return this.all.filter(({ document }) => document.isPending).map(({ document }) => document.text);
  }

  flush(): void {
    for (const one of this.all) one.flush();
  }

  hurry(): void {
    for (const one of this.all) one.hurry();
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((one) => one.close()));
  }

  private changed(courier: Replica): void {
    if (!courier.document.isPending) {
      this.all = this.all.filter((one) => one !== courier);
      void courier.close();
    }
    this.onChange();
  }
}
