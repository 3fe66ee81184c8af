// The official React client, without a page.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { anyApi as api } from "convex/server";
import { ConvexReactClient } from "convex/react";
import { given, until, value, wiretap } from "./setup.mjs";

const channel = "react";
const client = new ConvexReactClient(given.url, { webSocketConstructor: wiretap().Socket, logger: false });
const add = (rank, options) => client.mutation(api.notes.add, { text: `${rank}`, channel, rank }, options);
const watch = client.watchQuery(api.notes.inChannel, { channel });
const sizes = [];
const leave = watch.onUpdate(() => sizes.push(watch.localQueryResult()?.length));

test("a watched query gives its first result", async () => {
  await until(() => watch.localQueryResult(), "the first result");
  assert.equal(watch.localQueryResult().length, 0);
});

test("an optimistic update is there at once and never flickers", async () => {
  for (let n = 1; n <= 20; n++) {
    sizes.length = 0;
    const done = add(n, {
      optimisticUpdate: (store) => {
        const rows = store.getQuery(api.notes.inChannel, { channel });
        store.setQuery(api.notes.inChannel, { channel }, [...rows, { _id: "soon", text: `${n}`, rank: n }]);
      },
    });
    assert.equal(watch.localQueryResult().length, n);
    await value(done);
    assert.equal(watch.localQueryResult().length, n);
    assert.ok(sizes.every((size) => size === n), `sizes on the way: ${sizes}`);
  }
});

test("an optimistic update of a refused mutation is taken back", async () => {
  const before = watch.localQueryResult().length;
  const done = client.mutation(api.errors.mutationRefuses, {}, {
    optimisticUpdate: (store) => store.setQuery(api.notes.inChannel, { channel }, []),
  });
  assert.equal(watch.localQueryResult().length, 0);
  await done.catch(() => {});
  await until(() => watch.localQueryResult().length === before, "the former view");
});

test("a list is read page by page, and every page stays live", async () => {
  const pages = client.watchPaginatedQuery(api.notes.page, { channel }, { initialNumItems: 4, id: 1 });
  const left = pages.onUpdate(() => {});
  const ranks = () => pages.localQueryResult()?.results.map((row) => row.rank) ?? [];
  const status = () => pages.localQueryResult()?.status;
  await until(() => status() === "CanLoadMore", "the first page");
  assert.deepEqual(ranks(), [1, 2, 3, 4]);
  pages.localQueryResult().loadMore(4);
  await until(() => ranks().length === 8, "the second page");
  await value(add(2.5));
  await value(add(6.5));
  await until(() => ranks().length === 10, "both pages to grow");
  assert.deepEqual(ranks(), [1, 2, 2.5, 3, 4, 5, 6, 6.5, 7, 8]);
  pages.localQueryResult().loadMore(100);
  await until(() => status() === "Exhausted", "the end");
  assert.deepEqual(ranks(), [...ranks()].sort((a, b) => a - b));
  assert.equal(ranks().length, 22);
  await value(add(1000));
  await until(() => ranks().length === 23, "the last page to grow at its end");
  left();
});

test("signing in is confirmed", async () => {
  const states = [];
  client.setAuth(async () => given.tokens.alice, (on) => states.push(on));
  await until(() => states.length, "the server's word");
  assert.ok(states.every(Boolean));
  const who = client.watchQuery(api.values.whoami, {});
  const left = who.onUpdate(() => {});
  await until(() => who.localQueryResult() === "alice", "the name");
  left();
});

after(async () => {
  leave();
  await client.close();
});
