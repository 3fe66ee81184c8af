// Whole meetings, simulated from seeds: pages type, fail, return and reload. All end with the same text.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { apply } from "../src/ot/apply";
import { NotesSession } from "../src/session";
import { FakeLink, FakeServer, seeded } from "./fakeServer";
import { FakeStore } from "./fakeStore";
import { pick, randomOperation } from "./texts";

const MEETINGS = 100;
const STEPS = 60;
/** One in a few thousand pages fails so often that its next attempts are more than 40 s away. */
const HEALED_MS = 600_000;
const LOOK_EVERY_MS = 10_000;

type Random = () => number;

let characters = 0;

/** Return a character that no text has: one or two units of private use. Nothing can be typed inside it. */
function newCharacter(): string {
  const next = characters++;
  return String.fromCodePoint(next % 2 === 0 ? 0xe000 + (next % 6_400) : 0xf0000 + (next % 65_000));
}

/** One user's page, which a reload replaces. */
class Desk {
  text: string | null = null;
  readonly store = new FakeStore();
  private link: FakeLink;
  private session: NotesSession;

  constructor(
    private readonly server: FakeServer,
    private readonly name: string,
    private readonly random: Random,
  ) {
    [this.link, this.session] = this.open();
  }

  get status(): string {
    return this.session.status.state;
  }

  /** Type a word that is nowhere else, at any place, or edit at random. */
  type(onlyInserts: boolean): string | null {
    if (this.text === null) return null;
    const token = newCharacter();
    const places = [0];
    for (const character of this.text) places.push((places.at(-1) as number) + character.length);
    const changes = onlyInserts
      ? [{ position: pick(this.random, places), length: 0, content: token }]
      : randomOperation(this.random, this.text);
    this.text = apply(this.text, changes);
    this.session.edit(changes);
    return onlyInserts ? token : null;
  }

  connect(up: boolean): void {
    this.link.down = !up;
  }

  /** The page crashes; what was typed in the last moment is kept by its `pagehide`. */
  async reload(): Promise<void> {
    this.session.flush();
    await vi.advanceTimersByTimeAsync(1);
    this.link.die();
    this.store.crash();
    this.text = null;
    [this.link, this.session] = this.open();
  }

  compose(): void {
    this.session.hold();
  }

  composed(): void {
    this.session.release();
  }

  private open(): [FakeLink, NotesSession] {
    const faults = { random: this.random, lost: 0.1, repeated: 0.2, slowMs: 400 };
    const link = new FakeLink(this.server, this.name, faults);
    const session = new NotesSession(link, { store: this.store });
    session.on("ready", (text) => {
      if (this.session === session || this.text === null) this.text = text;
    });
    session.on("remote", (changes) => {
      if (this.link === link && this.text !== null) this.text = apply(this.text, changes);
    });
    void session.start();
    return [link, session];
  }
}

/** Let time pass until all is saved, or nothing may be pending any more. */
async function heal(desks: Desk[]): Promise<void> {
  const healed = () => desks.every(({ status, store }) => status === "saved" && store.records.length === 0);
  for (let waited = 0; waited < HEALED_MS && !healed(); waited += LOOK_EVERY_MS) {
    await vi.advanceTimersByTimeAsync(LOOK_EVERY_MS);
  }
  // What was saved last is on its way to the others.
  await vi.advanceTimersByTimeAsync(LOOK_EVERY_MS);
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test.each([
  ["only words are added: each is there once", true],
  ["words are added, replaced and deleted: all texts are equal", false],
])(
  "%s",
  async (_name, onlyInserts) => {
    for (let seed = 1; seed <= MEETINGS; seed++) {
      characters = 0;
      const random = seeded(seed);
      // Pauses between attempts are random too: a seed repeats them.
      vi.spyOn(Math, "random").mockImplementation(seeded(-seed));
      const server = new FakeServer();
      server.kept = 30;
      server.snapshotEvery = 7;
      server.pageSize = 5;
      server.write(0, "# Notes\n");
      const desks = ["a", "b", "c", "d"].slice(0, 2 + (seed % 3)).map((name) => new Desk(server, name, random));
      const tokens: string[] = [];
      await vi.advanceTimersByTimeAsync(5_000);
      for (let step = 0; step < STEPS; step++) {
        const desk = pick(random, desks);
        const event = random();
        if (event < 0.7) tokens.push(...[desk.type(onlyInserts)].filter((token) => token !== null));
        else if (event < 0.76) desk.connect(false);
        else if (event < 0.84) desk.connect(true);
        else if (event < 0.88) await desk.reload();
        else if (event < 0.92) desk.compose();
        else if (event < 0.96) desk.composed();
        else if (!onlyInserts && random() < 0.5) server.rollback(Math.floor(random() * server.head));
        await vi.advanceTimersByTimeAsync(random() < 0.9 ? random() * 300 : random() * 20_000);
      }
      for (const desk of desks) {
        desk.connect(true);
        desk.composed();
      }
      await heal(desks);
      for (const desk of desks) {
        expect(desk.text, `seed ${seed}`).toBe(server.text);
        expect(desk.status, `seed ${seed}`).toBe("saved");
        expect(desk.store.records, `seed ${seed}`).toEqual([]);
      }
      if (onlyInserts)
        for (const token of tokens) expect(server.text.split(token).length - 1, `seed ${seed} ${token}`).toBe(1);
      vi.clearAllTimers();
    }
  },
  120_000,
);
