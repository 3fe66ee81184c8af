// The official HTTP client.
import assert from "node:assert/strict";
import test from "node:test";
import { ConvexHttpClient } from "convex/browser";
import { anyApi as api } from "convex/server";
import { ConvexError } from "convex/values";
import { failure, given } from "./setup.mjs";

const channel = "http";
const client = new ConvexHttpClient(given.url, { logger: false });
const count = () => client.query(api.notes.count, { channel });
const add = (options) => client.mutation(api.notes.add, { text: "x", channel }, options);

test("a query sees earlier writes", async () => {
  assert.equal(await count(), 0);
  assert.equal(typeof (await add()), "string");
  assert.equal(await count(), 1);
});

test("queued and simultaneous mutations are all carried out", async () => {
  const before = await count();
  await Promise.all([1, 2, 3, 4, 5].map(() => add()));
  await Promise.all([1, 2, 3, 4].map(() => add({ skipQueue: true })));
  assert.equal(await count(), before + 9);
});

test("an action answers", async () => {
  assert.deepEqual((await client.action(api.values.act, { x: 1 })).echo, { x: 1 });
});

test("consistent queries see one moment", async () => {
  const known = new ConvexHttpClient(given.url, { logger: false, auth: given.tokens.alice });
  const first = await known.consistentQuery(api.notes.count, { channel });
  await add();
  assert.equal(await known.consistentQuery(api.notes.count, { channel }), first);
  assert.equal(await count(), first + 1);
});

test("without a token a moment is seen until something changes", async () => {
  const first = await client.consistentQuery(api.notes.count, { channel });
  assert.equal(await client.consistentQuery(api.notes.count, { channel }), first);
  await add();
  assert.match((await failure(client.consistentQuery(api.notes.count, { channel }))).message, /SnapshotGone/);
});

for (const kind of ["query", "mutation", "action"]) {
  test(`a ${kind} that refuses says why`, async () => {
    const error = await failure(client[kind](api.errors[`${kind}Refuses`], {}));
    assert.ok(error instanceof ConvexError);
    assert.equal(error.data.code, "CONFLICT");
    assert.deepEqual(error.data.metadata, { taken: "yes" });
  });
  test(`a ${kind} that breaks is a plain error and gives nothing away`, async () => {
    const error = await failure(client[kind](api.errors[`${kind}Breaks`], {}));
    assert.ok(!(error instanceof ConvexError));
    assert.match(error.message, /^\[Request ID: [0-9a-f]+\] Server Error/);
    assert.doesNotMatch(error.message, /secret/);
  });
}

test("a function that is not there, or of another kind, is told from a broken server", async () => {
  assert.match((await failure(client.query(api.no.such, {}))).message, /Could not find public function/);
  assert.match((await failure(client.mutation(api.notes.count, {}))).message, /as Mutation, but it is defined as Query/);
  assert.match((await failure(client.query(api.notes.count, { chanel: "" }))).message, /chanel/);
});

test("a token names the caller, and a wrong one is refused", async () => {
  assert.equal(await client.query(api.values.whoami, {}), null);
  client.setAuth(given.tokens.alice);
  assert.equal(await client.query(api.values.whoami, {}), "alice");
  client.setAuth(given.tokens.forged);
  const { code, message } = JSON.parse((await failure(client.query(api.values.whoami, {}))).message);
  assert.equal(code, "InvalidAuthHeader");
  assert.ok(message);
  client.clearAuth();
});

test("values of every type come back as they went", async () => {
  const bytes = new Uint8Array([0, 255, 16]).buffer;
  const { echo } = await client.query(api.values.echo, { i: -7n, b: bytes, f: -0, n: NaN, z: undefined });
  assert.equal(echo.i, -7n);
  assert.deepEqual(new Uint8Array(echo.b), new Uint8Array(bytes));
  assert.ok(Object.is(echo.f, -0));
  assert.ok(Number.isNaN(echo.n));
  assert.ok(!("z" in echo));
});

test("a slash at the end of the address does no harm", async () => {
  const slashed = new ConvexHttpClient(`${given.url}/`, { logger: false });
  assert.equal(await slashed.query(api.notes.count, { channel }), await count());
});
