import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Interrupted, Refused } from "../src/errors";
import { apply } from "../src/ot/apply";
import type { Operation } from "../src/ot/change";
import { NotesSession } from "../src/session";
import type { Status } from "../src/types";
import { FakeLink, FakeServer } from "./fakeServer";
import { FakeStore } from "./fakeStore";

/** A page: the session, and the text on its screen, which only changes by events and by typing. */
class Page {
  text = "";
  readonly session: NotesSession;
  readonly link: FakeLink;
  readonly statuses: Status["state"][] = [];

  constructor(
    readonly server: FakeServer,
    user = "ada",
    readonly store = new FakeStore(),
  ) {
    this.link = new FakeLink(server, user);
    this.session = new NotesSession(this.link, { store });
    this.session.on("ready", (text) => {
      this.text = text;
    });
    this.session.on("remote", (changes) => {
      this.text = apply(this.text, changes);
    });
    this.session.on("status", ({ state }) => {
      if (this.statuses.at(-1) !== state) this.statuses.push(state);
    });
  }

  async open(): Promise<this> {
    void this.session.start();
    await vi.advanceTimersByTimeAsync(200);
    return this;
  }

  type(position: number, content: string, length = 0): void {
    const changes: Operation = [{ position, length, content }];
    this.text = apply(this.text, changes);
    this.session.edit(changes);
  }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function pair(): Promise<[FakeServer, Page, Page]> {
  const server = new FakeServer();
  server.write(0, "Agenda\n");
  const ada = await new Page(server, "ada").open();
  const ben = await new Page(server, "ben").open();
  for (const one of [ada, ben]) one.session.select(0, 0);
  await pass(500);
  return [server, ada, ben];
}

describe("two pages", () => {
  test("each sees within a moment the text that the other types", async () => {
    const [server, ada, ben] = await pair();
    const writers: string[] = [];
    ben.session.on("wrote", ({ userId }) => writers.push(userId));
    ada.type(7, "First point");
    await pass(300);
    expect(writers).toEqual(["ada"]);
    expect(ben.text).toBe("Agenda\nFirst point");
    ben.type(0, "# ");
    ada.type(18, "!");
    await pass(1_000);
    for (const text of [ada.text, ben.text, server.text]) expect(text).toBe("# Agenda\nFirst point!");
    expect([ada.session.status.state, ben.session.status.state]).toEqual(["saved", "saved"]);
  });

  test("a page that is alone sends once a second, and else every tenth", async () => {
    const server = new FakeServer();
    const ada = await new Page(server, "ada").open();
    for (let at = 0; at < 30; at++) {
      ada.type(at, "x");
      await pass(100);
    }
    const alone = ada.link.sent.length;
    expect(alone).toBeLessThanOrEqual(4);
    const ben = await new Page(server, "ben").open();
    ben.session.select(0, 0);
    await pass(1_500);
    for (let at = 30; at < 60; at++) {
      ada.type(at, "x");
      await pass(100);
    }
    await pass(1_500);
    expect(ada.link.sent.length - alone).toBeGreaterThan(15);
    expect(server.text).toBe("x".repeat(60));
  });

  test("each sees the cursor of the other, where it types and where it goes", async () => {
    const [, ada, ben] = await pair();
    ada.type(7, "Hello");
    await pass(500);
    expect(ben.session.shownCursors).toMatchObject([{ user: { _id: "ada" }, anchor: 12, head: 12 }]);
    ada.session.select(0, 6);
    await pass(1_100);
    expect(ben.session.shownCursors).toMatchObject([{ anchor: 0, head: 6 }]);
    ben.type(0, "# ");
    expect(ben.session.shownCursors).toMatchObject([{ anchor: 0, head: 8 }]);
    await ada.session.close();
    await pass(200);
    expect(ben.session.shownCursors).toEqual([]);
  });

  test("a page that comes later sees the cursor where it is, and none that it cannot know", async () => {
    const [server, ada] = await pair();
    ada.type(7, "Hello");
    ada.session.select(12, 12);
    await pass(1_000);
    const cy = await new Page(server, "cy").open();
    expect(cy.session.shownCursors).toEqual([]);
    cy.session.select(0, 0);
    await pass(1_000);
    expect(cy.session.shownCursors).toMatchObject([
      { user: { _id: "ada" }, head: 12 },
      { user: { _id: "ben" }, head: 0 },
    ]);
  });

  test.each([
    ["a lock", "locked", "FORBIDDEN"],
    ["a demotion", "demoted", "INSUFFICIENT_PERMISSIONS"],
  ] as const)("%s holds up typed text, says why, and lets it through when it ends", async (_name, cause, code) => {
    const [server, ada, ben] = await pair();
    ada.type(7, "half a w");
    server[cause] = true;
    server.changed();
    await pass(1_000);
    expect(ada.session.status).toMatchObject({ state: "refused", error: { code }, kept: "yes" });
    expect(ada.session.access).toMatchObject({ canWrite: false, locked: cause === "locked" });
    expect(ada.session.unsavedTexts).toEqual(["Agenda\nhalf a w"]);
    expect(ben.text).toBe("Agenda\n");
    server[cause] = false;
    server.changed();
    await pass(2_000);
    expect(ben.text).toBe("Agenda\nhalf a w");
    expect(ada.session.status.state).toBe("saved");
  });

  test.each([
    ["refused", new Refused("VALIDATION_ERROR")],
    ["refused for its rate", new Interrupted(2_000)],
    ["refused for its place", new Refused("CONFLICT")],
    ["answered by a fault", new Error("a fault of the server")],
  ])("text that was %s once is sent again, and what is typed after it", async (_name, failure) => {
    const [server, ada, ben] = await pair();
    server.failures.push(failure);
    ada.type(7, "once");
    await pass(1_000);
    ada.type(11, ", and on");
    await pass(40_000);
    for (const text of [ada.text, ben.text, server.text]) expect(text).toBe("Agenda\nonce, and on");
    expect(ada.session.status.state).toBe("saved");
  });

  test("a rollback under typing takes nothing that is pending", async () => {
    const [server, ada, ben] = await pair();
    ben.type(7, "to be undone");
    await pass(500);
    ada.type(0, "kept ");
    server.rollback(1);
    await pass(1_000);
    for (const text of [ada.text, ben.text, server.text]) expect(text).toBe("kept Agenda\n");
  });
});

describe("a connection that breaks", () => {
  test("text typed meanwhile is sent on return, without another key", async () => {
    const [server, ada, ben] = await pair();
    ada.link.down = true;
    ada.type(7, "offline");
    await pass(60_000);
    expect(ada.session.status).toEqual({ state: "offline", pending: true, kept: "yes" });
    ben.type(0, "> ");
    await pass(500);
    ada.link.down = false;
    await pass(1_000);
    for (const text of [ada.text, ben.text, server.text]) expect(text).toBe("> Agenda\noffline");
    expect(ada.session.status.state).toBe("saved");
    expect(ada.store.records).toEqual([]);
  });

  test("at whatever step it breaks, the status says so, and all arrives once", async () => {
    for (let moment = 0; moment <= 400; moment += 10) {
      const [server, ada, ben] = await pair();
      ada.type(7, "typed");
      await pass(moment);
      ada.link.down = true;
      ada.type(12, ", and more");
      await pass(2_000);
      expect(ada.session.status, `${moment} ms`).toEqual({ state: "offline", pending: true, kept: "yes" });
      ada.link.down = false;
      await pass(3_000);
      for (const text of [ada.text, ben.text, server.text])
        expect(text, `${moment} ms`).toBe("Agenda\ntyped, and more");
      expect(ada.session.status.state).toBe("saved");
      await Promise.all([ada.session.close(), ben.session.close()]);
    }
  });

  test("an answer that was lost types nothing twice", async () => {
    const [server, ada] = await pair();
    ada.type(7, "once");
    await pass(30);
    ada.link.down = true;
    await pass(100);
    ada.link.down = false;
    await pass(1_000);
    expect(server.text).toBe("Agenda\nonce");
    const numbers = new Set(ada.link.sent.map(({ number }) => number));
    expect(numbers.size).toBe(1);
  });

  test("after a long absence the text is loaded as a whole, and pending edits find their place", async () => {
    const [server, ada] = await pair();
    server.kept = 25;
    ada.type(7, "sent before the cut");
    await pass(30);
    ada.link.down = true;
    ada.type(26, ", typed after it");
    for (let line = 0; line < 50; line++) server.write(0, `Line ${line}\n`);
    await pass(5_000);
    ada.link.down = false;
    await pass(5_000);
    expect(ada.text).toBe(server.text);
    expect(server.text.match(/sent before the cut, typed after it/g)).toHaveLength(1);
    expect(ada.session.status.state).toBe("saved");
  });

  test("a server that was restored from a backup takes text typed after it", async () => {
    const [server, ada, ben] = await pair();
    ada.type(7, "before the backup");
    await pass(500);
    const saved = server.head;
    ada.type(0, "lost ");
    await pass(500);
    ada.link.down = true;
    ada.type(0, "pending ");
    server.restore(saved);
    await pass(500);
    ada.link.down = false;
    await pass(5_000);
    for (const text of [ada.text, ben.text, server.text]) expect(text).toBe("pending Agenda\nbefore the backup");
    expect(ada.session.status.state).toBe("saved");
  });

  test("a server that was restored and written to since takes what is pending, once and at its place", async () => {
    const [server, ada, ben] = await pair();
    ada.type(7, "before the backup");
    await pass(500);
    const saved = server.head;
    ada.type(0, "lost ");
    ada.type(5, "too ");
    await pass(500);
    const before = server.head;
    ada.type(ada.text.length, ", under way");
    await pass(15);
    expect(server.head).toBe(before + 1);
    ada.link.down = true;
    ada.type(ada.text.length, ", pending");
    server.restore(saved);
    await pass(500);
    for (const mark of "> > > > ") {
      ben.type(0, mark);
      await pass(500);
    }
    ada.link.down = false;
    await pass(5_000);
    for (const text of [ada.text, ben.text, server.text]) {
      expect(text).toBe(" > > > >Agenda\nbefore the backup, under way, pending");
    }
    expect(ada.session.status.state).toBe("saved");
  });

  test("without a place to keep edits the status does not claim that they are kept", async () => {
    const server = new FakeServer();
    const ada = await new Page(server).open();
    ada.store.refuses = true;
    ada.link.down = true;
    ada.type(0, "only here");
    await pass(1_000);
    expect(ada.session.status).toEqual({ state: "offline", pending: true, kept: "no" });
    expect(ada.session.isAtRisk).toBe(true);
  });
});

describe("a page that ends", () => {
  test.each([0, 10, 40, 70, 150, 400])("a reload %i ms after a key sends it once", async (after) => {
    const [server, ada, ben] = await pair();
    ada.type(7, "typed and reloaded");
    ada.session.flush();
    await pass(after);
    ada.link.die();
    ada.store.crash();
    const again = await new Page(server, "ada", ada.store).open();
    await pass(2_000);
    for (const text of [again.text, ben.text, server.text]) expect(text).toBe("Agenda\ntyped and reloaded");
    expect(ada.store.records).toEqual([]);
  });

  test("edits that several pages have left are adopted by the next one", async () => {
    const server = new FakeServer();
    const store = new FakeStore();
    const pages = [await new Page(server, "ada", store).open(), await new Page(server, "ada", store).open()];
    for (const [at, page] of pages.entries()) {
      page.link.down = true;
      page.type(0, `page ${at} `);
    }
    await pass(500);
    expect(store.records).toHaveLength(2);
    for (const page of pages) page.link.die();
    store.crash();
    const next = await new Page(server, "ada", store).open();
    await pass(3_000);
    expect([...next.text.matchAll(/page \d /g)].map(([found]) => found).sort()).toEqual(["page 0 ", "page 1 "]);
    expect(next.text).toBe(server.text);
    expect(next.session.status.state).toBe("saved");
    expect(store.records).toEqual([]);
  });

  test("a page that lives keeps its edits to itself", async () => {
    const server = new FakeServer();
    const store = new FakeStore();
    const ada = await new Page(server, "ada", store).open();
    ada.link.down = true;
    ada.type(0, "mine");
    await pass(500);
    const other = await new Page(server, "ada", store).open();
    await pass(1_000);
    expect(other.text).toBe("");
    ada.link.down = false;
    await pass(1_500);
    expect([other.text, server.text]).toEqual(["mine", "mine"]);
  });
});

describe("limits", () => {
  test("a long paste goes out in parts and arrives whole", async () => {
    const [server, ada, ben] = await pair();
    const paste = "All of it, and more 😀\n".repeat(13_500);
    ada.type(7, paste);
    await pass(5_000);
    expect(server.text).toBe(`Agenda\n${paste}`);
    expect(ben.text).toBe(server.text);
    expect(ada.link.sent.every(({ changes }) => changes.every(({ content }) => content.length <= 60_000))).toBe(true);
  });

  test("a text that is too long is not saved, which is said, and goes on once it is shorter", async () => {
    const [server, ada] = await pair();
    server.maxLength = 20;
    ada.type(7, "this is more than fits");
    await pass(1_000);
    expect(ada.session.status).toMatchObject({ state: "refused", error: { code: "LIMIT_EXCEEDED" } });
    ada.type(7, "fits", 22);
    await pass(2_000);
    expect(server.text).toBe("Agenda\nfits");
    expect(ada.session.status.state).toBe("saved");
  });
});

describe("an input method", () => {
  test("while it composes others wait on the screen, and the composed word arrives whole", async () => {
    const [server, ada, ben] = await pair();
    ada.session.hold();
    ada.type(7, "k");
    ben.type(0, "# ");
    await pass(300);
    expect(ada.text).toBe("Agenda\nk");
    ada.type(7, "か", 1);
    await pass(300);
    expect(server.text).toBe("# Agenda\nか");
    ada.session.release();
    expect(ada.text).toBe("# Agenda\nか");
  });

  test("after two seconds others are shown all the same", async () => {
    const [, ada, ben] = await pair();
    ada.session.hold();
    ben.type(0, "# ");
    await pass(2_500);
    expect(ada.text).toBe("# Agenda\n");
  });
});
