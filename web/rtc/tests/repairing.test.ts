/**
 * Whatever happened to a call, and in whatever state that left it: something is always done about silence, and once
 * people can reach each other again they do. What happens is made up, from a seed that is told when it fails.
 */

import { expect, test, vi } from "vitest";
import { CONNECT_WITHIN_MS } from "../src/monitor/silence";
import { ANSWERED_WITHIN_MS } from "../src/timeouts";
import { FakeConnection } from "./fakeConnection";
import { type Caller, logger, open, pair, pass, server } from "./guests";

const SEEDS = 40;
const STEPS = 12;
const LONGEST_STEP_MS = 9_000;
const SLOWEST_MS = 9_000;
/** A rest, a question that is not answered, or an attempt that is slow: so long at most nothing is done. */
const IDLE_MS = 20_000 + ANSWERED_WITHIN_MS;
const HEALED_MS = IDLE_MS + 2 * CONNECT_WITHIN_MS;

/** Mulberry32: numbers from 0 to 1 that are the same for the same seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Breaks and repairs at will: the way between the two, their browsers, the server and what it says. */
class Fate {
  private cut = false;
  private gone = false;

  constructor(private readonly random: () => number) {}

  async step(): Promise<void> {
    const acts = [
      () => this.setCut(true),
      () => this.setCut(false),
      () => this.toggleServer(),
      () => this.set("silent"),
      () => this.set("losesSignals"),
      () => this.set("busy"),
      () => this.set("relayOnly"),
      () => this.set("retry"),
      () => this.close(),
      () => this.slow(),
      () => this.slow(),
      () => this.slow(),
    ];
    acts[Math.floor(this.random() * acts.length)]?.();
    await pass(this.random() * LONGEST_STEP_MS, this.cut);
  }

  /** From now on everything works, but for the way between the two. */
  calm(): void {
    if (this.gone) this.toggleServer();
    Object.assign(server, { silent: false, losesSignals: false, busy: false, relayOnly: false, retry: true });
    FakeConnection.slownessMs = 0;
  }

  private setCut(cut: boolean): void {
    this.cut = cut;
  }

  private toggleServer(): void {
    this.gone = !this.gone;
    if (this.gone) server.goAway();
    else server.returnToWork();
  }

  private set(what: "silent" | "losesSignals" | "busy" | "relayOnly" | "retry"): void {
    server[what] = this.random() < 0.5;
  }

  private close(): void {
    const all = open();
    all[Math.floor(this.random() * all.length)]?.close();
  }

  private slow(): void {
    FakeConnection.slownessMs = this.random() < 0.5 ? 0 : this.random() * SLOWEST_MS;
  }
}

/** How often something has been done about it: the server asked, or another connection tried. */
function deeds(): number {
  return server.failures.length + FakeConnection.all.length;
}

async function fatedPair(seed: number): Promise<Caller[]> {
  const random = numbers(seed);
  logger.warn.mockImplementation(() => undefined);
  vi.spyOn(crypto, "randomUUID").mockImplementation(() => `${random()}-page-of-some-body`);
  const people = await pair();
  const fate = new Fate(random);
  for (let nth = 0; nth < STEPS; nth += 1) await fate.step();
  fate.calm();
  return people;
}

test.each(Array.from({ length: SEEDS }, (_, seed) => seed))("silence is repaired, by fate %i", async (seed) => {
  const people = await fatedPair(seed);
  const before = deeds();
  await pass(IDLE_MS, true);
  expect(deeds()).toBeGreaterThan(before);
  await pass(HEALED_MS);
  expect(people.map((one) => one.health)).toEqual([{ ben: "connected" }, { ada: "connected" }]);
});
