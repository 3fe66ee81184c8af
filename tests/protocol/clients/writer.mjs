// Calls mutations without a pause and says which were acknowledged; told to finish, it says what it sees in the end.
// One JSON object per line: {acknowledged}, {failed}, {finally}.
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { ConvexClient } from "convex/browser";
import { anyApi as api } from "convex/server";
import { given, say, until, wiretap } from "./setup.mjs";

const client = new ConvexClient(given.url, { webSocketConstructor: wiretap().Socket, logger: false });
const channel = given.name;
const newest = {};
for (const writer of given.writers) {
  client.onUpdate(api.notes.newest, { channel: writer }, (rows) => {
    newest[writer] = rows.map((row) => row.text);
  });
}

let finishing = false;
let number = 0;
const called = [];

/** One of several hands that write side by side; each goes on as soon as its last call is acknowledged. */
async function write() {
  while (!finishing) {
    const text = `${given.name}:${String(number++).padStart(6, "0")}`;
    called.push(text);
    try {
      await client.mutation(api.notes.add, { text, channel, rank: 0 });
      if (!newest[channel].includes(text)) say({ failed: `${text} is acknowledged and not shown` });
      say({ acknowledged: text });
    } catch (error) {
      say({ failed: `${text}: ${error}` });
    }
    await sleep(given.pauseMs);
  }
}

createInterface({ input: process.stdin }).on("line", async (line) => {
  if (line === "finish") {
    finishing = true;
    await Promise.all(hands);
    say({ finished: called.length });
    return;
  }
  const all = {};
  for (const writer of given.writers) {
    all[writer] = (await client.query(api.notes.inChannel, { channel: writer })).map((row) => row.text);
    await until(() => newest[writer][0] === all[writer].at(-1), "the last note to be shown");
  }
  await say({ finally: all, newest, called });
  await client.close();
  process.exit(0);
});
const hands = Array.from({ length: given.hands }, write);
