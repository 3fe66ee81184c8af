// The official client with live queries, on a line that can be cut at any message.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ConvexClient } from "convex/browser";
import { anyApi as api } from "convex/server";
import { ConvexError } from "convex/values";
import { failure, given, until, value, wiretap } from "./setup.mjs";

const channel = "reactive";
const tap = wiretap();
const client = new ConvexClient(given.url, { webSocketConstructor: tap.Socket, logger: false });
const seen = [];
const notes = client.onUpdate(api.notes.inChannel, { channel }, (rows) => seen.push(rows.map((row) => row.text)));
const shown = () => seen.at(-1);
const add = (text = "x") => client.mutation(api.notes.add, { text, channel });

test("a live query gives its first result", async () => {
  await until(() => seen.length, "the first result");
  assert.deepEqual(shown(), []);
});

test("one's own write is there when its promise resolves", async () => {
  await value(add("mine"));
  assert.deepEqual(shown(), ["mine"]);
});

test("another client's write comes automatically", async () => {
  const other = new ConvexClient(given.url, { webSocketConstructor: wiretap().Socket, logger: false });
  await value(other.mutation(api.notes.add, { text: "theirs", channel }));
  await until(() => shown().length === 2, "the other's note");
  await other.close();
});

test("an action answers", async () => {
  assert.deepEqual((await value(client.action(api.values.act, { x: 1 }))).echo, { x: 1 });
});

for (const kind of ["query", "mutation", "action"]) {
  test(`a ${kind} that refuses says why, one that breaks is a plain error`, async () => {
    const refused = await failure(client[kind](api.errors[`${kind}Refuses`], {}));
    assert.ok(refused instanceof ConvexError);
    assert.equal(refused.data.code, "CONFLICT");
    const broken = await failure(client[kind](api.errors[`${kind}Breaks`], {}));
    assert.ok(!(broken instanceof ConvexError));
    assert.doesNotMatch(broken.message, /secret/);
  });
}

test("a missing function fails alone", async () => {
  await failure(client.query(api.no.such, {}));
  await failure(client.mutation(api.no.such, {}));
  await failure(client.action(api.no.such, {}));
  assert.ok(client.connectionState().isWebSocketConnected);
  assert.equal(tap.sockets.length, 1);
});

for (const [what, text, code] of [
  ["half an emoji", "\ud83d", "VALIDATION_ERROR"],
  ["2 MB", "x".repeat(2_000_000), "LIMIT_EXCEEDED"],
]) {
  test(`calls with ${what} fail with a code, once, and the next ones work`, async () => {
    const before = shown();
    const calls = [
      () => client.query(api.values.echo, { n: text }),
      () => client.mutation(api.notes.add, { text, channel }),
      () => client.action(api.values.act, { x: text }),
    ];
    for (const call of calls) {
      tap.sent.length = 0;
      const refused = await failure(call());
      assert.ok(refused instanceof ConvexError);
      assert.equal(refused.data.code, code);
      assert.equal(tap.sent.filter((message) => JSON.stringify(message).includes(JSON.stringify(text))).length, 1);
    }
    assert.equal(tap.sockets.length, 1);
    await value(add(`after ${what}`));
    assert.deepEqual(shown(), [...before, `after ${what}`]);
  });
}

test("mutations called at once are carried out once, in their order", async () => {
  const before = shown();
  const texts = Array.from({ length: 50 }, (_, n) => `n${n}`);
  await value(Promise.all(texts.map(add)));
  assert.deepEqual(shown(), [...before, ...texts]);
});

test("values of every type come back as they went", async () => {
  const { echo } = await value(client.query(api.values.echo, { i: -7n, f: -0, n: NaN, b: new Uint8Array([7]).buffer }));
  assert.equal(echo.i, -7n);
  assert.ok(Object.is(echo.f, -0) && Number.isNaN(echo.n));
  assert.deepEqual(new Uint8Array(echo.b), new Uint8Array([7]));
});

test("a large result arrives whole, in chunks", async () => {
  const text = await value(client.query(api.values.large, { characters: 6_000_000 }), 30);
  assert.equal([...text].length, 6_000_000);
  assert.ok(tap.heard.some((message) => message.type === "TransitionChunk"));
});

test("a page of a list is live", async () => {
  const paginationOpts = { numItems: 3, cursor: null };
  const page = await value(client.query(api.notes.page, { channel, paginationOpts }));
  assert.equal(page.page.length, 3);
  assert.equal(page.isDone, false);
});

test("one signs in, is refreshed without a new run of anything, and is known", async () => {
  const states = [];
  const runs = seen.length;
  client.setAuth(async ({ forceRefreshToken }) => given.tokens[forceRefreshToken ? "aliceAgain" : "alice"], (on) => states.push(on));
  await until(() => states.length, "the server's word");
  assert.ok(states.every(Boolean));
  await until(() => tap.sent.filter((message) => message.type === "Authenticate").length === 2, "the refreshed token");
  assert.equal(await value(client.query(api.values.whoami, {})), "alice");
  assert.equal(seen.length, runs);
});

test("after a cut everything is as before", async () => {
  tap.sent.length = 0;
  const before = shown();
  const connections = tap.sockets.length;
  tap.cut();
  await until(() => tap.sockets.length > connections && client.connectionState().isWebSocketConnected, "a new connection");
  await value(add("after the cut"));
  assert.deepEqual(shown(), [...before, "after the cut"]);
  assert.deepEqual(tap.sent.slice(0, 3).map((message) => message.type), ["Connect", "Authenticate", "ModifyQuerySet"]);
  assert.equal(await value(client.query(api.values.whoami, {})), "alice");
});

test("a mutation whose answer is lost is carried out once", async () => {
  const before = shown();
  tap.sent.length = 0;
  let lost = 0;
  tap.lose = (message) => message.type === "MutationResponse" && lost++ === 0;
  await value(add("once"), 30);
  tap.lose = () => false;
  assert.equal(tap.sent.filter((message) => message.type === "Mutation").length, 2);
  assert.deepEqual(shown(), [...before, "once"]);
});

test("a mutation whose effect was not shown yet is carried out once", async () => {
  const before = shown();
  let answered = false;
  let lost = false;
  tap.lose = (message) => {
    if (message.type === "MutationResponse") answered = true;
    const now = answered && !lost && message.type === "Transition";
    lost ||= now;
    return now;
  };
  await value(add("shown"), 30);
  tap.lose = () => false;
  assert.deepEqual(shown(), [...before, "shown"]);
});

test("no view of the data ever falls back", () => {
  for (let n = 1; n < seen.length; n++) assert.deepEqual(seen[n].slice(0, seen[n - 1].length), seen[n - 1]);
});

test("an action under way when the line is cut is given up, not repeated", async () => {
  const counted = () => client.query(api.notes.count, { channel: "slow" });
  const before = await value(counted());
  tap.onSend = (message, socket) => message.type === "Action" && setTimeout(() => socket.terminate(), 50);
  const error = await failure(client.action(api.values.slow, { seconds: 0.3 }));
  tap.onSend = () => {};
  assert.match(error.message, /Connection lost while action was in flight/);
  await sleep(400);
  assert.equal(await value(counted(), 30), before + 1);
});

test("a refused token is replaced, and the caller notices nothing", async () => {
  const tap2 = wiretap();
  const other = new ConvexClient(given.url, { webSocketConstructor: tap2.Socket, logger: false });
  const states = [];
  other.setAuth(async ({ forceRefreshToken }) => given.tokens[forceRefreshToken ? "alice" : "forged"], (on) => states.push(on));
  assert.equal(await value(other.query(api.values.whoami, {}), 30), "alice");
  await until(() => states.length, "the server's word");
  assert.ok(states.every(Boolean));
  assert.ok(tap2.heard.some((message) => message.type === "AuthError" && message.authUpdateAttempted));
  await other.close();
});

test("whose tokens are all refused goes on without one", async () => {
  const other = new ConvexClient(given.url, { webSocketConstructor: wiretap().Socket, logger: false });
  const states = [];
  other.setAuth(async () => given.tokens.forged, (on) => states.push(on));
  assert.equal(await value(other.query(api.values.whoami, {}), 30), null);
  await until(() => states.includes(false), "the server's word");
  await other.close();
});

test("everything was text", () => assert.equal(tap.binary, 0));

after(async () => {
  notes.unsubscribe();
  await client.close();
});
