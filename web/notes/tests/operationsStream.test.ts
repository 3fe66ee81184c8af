import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { OperationsStream } from "../src/operationsStream";
import type { NotesServer } from "../src/server";
import { FakeLink, FakeServer } from "./fakeServer";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A stream that notes what it asks, and what it hands over. */
class Follower {
  readonly asked: number[] = [];
  readonly handed: number[] = [];
  resets = 0;
  readonly link: FakeLink;
  readonly stream: OperationsStream;

  constructor(server: FakeServer, sequence: number, at: number | null = null) {
    this.link = new FakeLink(server, "ada");
    const follow: NotesServer["follow"] = (from, onPage) => {
      this.asked.push(from);
      return this.link.follow(from, onPage);
    };
    this.stream = new OperationsStream(
      { follow },
      {
        onOperation: (operation) => this.handed.push(operation.sequence),
        onCaughtUp: () => undefined,
        onReset: () => {
          this.resets++;
          this.stream.stop();
        },
        onError: () => undefined,
      },
    );
    this.stream.start(sequence, at);
  }
}

const pass = () => vi.advanceTimersByTimeAsync(500);

async function write(server: FakeServer, operations: number): Promise<void> {
  for (let at = 0; at < operations; at++) {
    server.write(0, "x");
    await vi.advanceTimersByTimeAsync(50);
  }
}

const upTo = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at + 1);

describe("the operations of the server", () => {
  test("each comes once and in order, whatever was asked for again", async () => {
    const server = new FakeServer();
    await write(server, 40);
    const follower = new Follower(server, 21);
    await pass();
    await write(server, 60);
    await pass();
    expect(follower.handed).toEqual(upTo(21, 100));
  });

  test("clients that came at different moments ask the same questions", async () => {
    const server = new FakeServer();
    await write(server, 33);
    const followers = [34, 39, 40, 47].map((sequence) => ({ sequence, follower: null as Follower | null }));
    for (const one of followers) {
      await write(server, one.sequence - server.head);
      one.follower = new Follower(server, one.sequence);
    }
    await write(server, 40);
    for (const { follower } of followers) expect(follower?.asked).toEqual([32, 48, 64, 80]);
  });

  test("a milestone that is not kept is no reason to load the text again", async () => {
    const server = new FakeServer();
    await write(server, 60);
    server.kept = 12;
    const follower = new Follower(server, 60);
    await write(server, 10);
    expect(follower.resets).toBe(0);
    expect(follower.handed).toEqual(upTo(60, 70));
  });

  test("a long operation is not sent again with each one after it", async () => {
    const server = new FakeServer();
    await write(server, 20);
    const followers = [new Follower(server, 18)];
    await pass();
    server.write(0, "long ".repeat(400));
    await pass();
    followers.push(new Follower(server, 21));
    await write(server, 20);
    expect(followers.map(({ asked }) => asked)).toEqual([
      [16, 21, 32],
      [16, 21, 32],
    ]);
    expect(followers[0]?.handed).toEqual(upTo(18, 41));
  });

  test("operations so large that few fit in an answer come all the same", async () => {
    const server = new FakeServer();
    server.pageSize = 4;
    await write(server, 30);
    const follower = new Follower(server, 3);
    await pass();
    await write(server, 40);
    await pass();
    expect(follower.handed).toEqual(upTo(3, 70));
  });

  test.each([20, 32, 33])(
    "a restored server is noticed, though others wrote on, by a client at %i",
    async (sequence) => {
      const server = new FakeServer();
      await write(server, sequence);
      const follower = new Follower(server, sequence);
      await pass();
      follower.link.down = true;
      server.restore(sequence - 2);
      await write(server, 10);
      follower.link.down = false;
      await pass();
      expect(follower.handed).toEqual([]);
      expect(follower.resets).toBe(1);
    },
  );

  test("a page that was closed while the server was restored notices it when it opens again", async () => {
    const server = new FakeServer();
    await write(server, 32);
    const at = server.log[31]?.at ?? null;
    server.restore(30);
    await write(server, 10);
    const follower = new Follower(server, 32, at);
    await pass();
    expect(follower.resets).toBe(1);
    expect(follower.handed).toEqual([]);
  });
});
