// Drives clients of one server through a part of the comparison: `node driver.mjs CONFIG`. It asks for what the server
// has used by a line "usage", answered by a line of JSON on its input, and prints the results as a line of JSON.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { clientOf } from "./clients.mjs";

const config = JSON.parse(readFileSync(process.argv[2], "utf8"));
const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** The longest that a change may take to come. */
const PATIENCE_MS = 240_000;
/** Long enough for a server that stores a text later. */
const SETTLE_MS = 2_600;
const INSERT = 60_000;
const LINE = "A line of notes, as people write them: who does it, and by when?\n";
const atStart = (content) => [{ position: 0, length: 0, content }];

/** Return what the server has used: processor time in seconds, memory in MB, and bytes on disk. */
async function usage() {
  console.log("usage");
  return JSON.parse((await input.next()).value);
}

function opened(doc, member = 0) {
  const client = clientOf(config.server, { url: config.url, doc, token: config.tokens[member] });
  return client.open().then(() => client);
}

/** Resolves when a client has seen so many more edits of others. */
function foreign(client, edits) {
  let left = edits;
  return new Promise((done, fail) => {
    const late = setTimeout(() => fail(new Error("an edit has not come")), PATIENCE_MS);
    client.onForeign = () => {
      if (--left > 0) return;
      clearTimeout(late);
      done();
    };
  });
}

/** Make an edit; resolves when the reader has it. */
async function shown(writer, reader, changes) {
  const seen = foreign(reader, 1);
  await Promise.all([writer.edit(changes), seen]);
}

async function filled(doc, length) {
  const writer = await opened(doc, 0);
  const reader = await opened(doc, 1);
  for (let left = length; left > 0; left -= INSERT) {
    const size = Math.min(INSERT, left);
    await shown(writer, reader, atStart(LINE.repeat(Math.ceil(size / LINE.length)).slice(0, size)));
  }
  return [writer, reader];
}

const bytes = (...clients) => clients.reduce((sum, { counter }) => sum + counter.received + counter.sent, 0);

const parts = {
  /** A real history, one edit after another, each of which a second client has before the next one. */
  async history({ doc, edits, final, rounds }) {
    const [writer, reader] = await filled(doc, 0);
    const before = await usage();
    const sizes = bytes(writer, reader);
    const began = performance.now();
    for (const changes of edits) await shown(writer, reader, changes);
    const seconds = (performance.now() - began) / 1000;
    const size = bytes(writer, reader) - sizes;
    await pause(SETTLE_MS);
    const after = await usage();
    if (reader.text !== final || writer.text !== final) throw new Error("the text is another one");
    const opening = [];
    let openBytes = 0;
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      const late = await opened(doc, 1);
      opening.push(performance.now() - start);
      if (late.text !== final) throw new Error("a new client has another text");
      openBytes = bytes(late);
      late.close();
    }
    return {
      rate: edits.length / seconds,
      cpu: (after.cpu - before.cpu) / edits.length,
      bytes: size / edits.length,
      memory: after.memory,
      disk: after.disk,
      opening,
      openBytes: openBytes - final.length,
    };
  },

  /** People who type at an even rate, at one place of a long text; all see all. */
  async typing({ doc, typists, length, keys, perSecond }) {
    const [writer, first] = await filled(doc, length);
    const screens = [first];
    for (let member = 2; member <= Math.max(typists, 2); member++) screens.push(await opened(doc, member));
    writer.close();
    const sent = new Map();
    const late = [];
    const arrivals = screens.map((screen, at) => {
      let left = typists * keys - (at < typists ? keys : 0);
      if (left === 0) return null;
      return new Promise((done, fail) => {
        const timer = setTimeout(
          () => fail(new Error(`${left} keys have not come`)),
          PATIENCE_MS + (keys / perSecond) * 1000,
        );
        screen.onForeign = (text) => {
          const now = performance.now();
          for (const key of text.split(";").slice(0, -1)) {
            late.push(now - sent.get(key));
            left--;
          }
          if (left > 0) return;
          clearTimeout(timer);
          done();
        };
      });
    });
    const before = await usage();
    const size = bytes(...screens);
    const period = 1000 / perSecond;
    const type = async (screen, at) => {
      await pause((period * at) / typists);
      for (let number = 0; number < keys; number++) {
        const key = `${at}.${number}`;
        const due = performance.now() + period;
        sent.set(key, performance.now());
        void screen.edit(atStart(`${key};`));
        await pause(Math.max(0, due - performance.now()));
      }
    };
    await Promise.all([...screens.slice(0, typists).map(type), ...arrivals]);
    const added = bytes(...screens) - size;
    await pause(SETTLE_MS);
    const after = await usage();
    for (const screen of screens) {
      if (screen.text.length !== screens[0].text.length) throw new Error("the texts are not equal");
      screen.close();
    }
    late.sort((one, other) => one - other);
    const total = typists * keys;
    return {
      p50: late[Math.floor(late.length / 2)],
      p99: late[Math.floor(late.length * 0.99)],
      cpu: (after.cpu - before.cpu) / total,
      bytes: added / total / screens.length,
    };
  },

  /** The server's processor time for a key in texts of two lengths, by turns. */
  async lengths({ docs, lengths, keys, rounds }) {
    const pairs = [];
    for (const [at, doc] of docs.entries()) pairs.push(await filled(doc, lengths[at]));
    await pause(SETTLE_MS);
    const times = docs.map(() => []);
    const bytesPerKey = docs.map(() => 0);
    for (let round = 0; round <= rounds; round++) {
      for (const [at, [writer, reader]] of pairs.entries()) {
        const before = await usage();
        const size = bytes(writer, reader);
        for (let key = 0; key < keys; key++) await shown(writer, reader, [{ position: 1, length: 0, content: "k" }]);
        bytesPerKey[at] = (bytes(writer, reader) - size) / keys;
        await pause(SETTLE_MS);
        const after = await usage();
        if (round > 0) times[at].push((after.cpu - before.cpu) / keys);
      }
    }
    return { times, bytes: bytesPerKey };
  },

  /** A client returns with an edit of its own, after others have made many. */
  async behind({ doc, operations, rounds }) {
    const [writer, reader] = await filled(doc, 1_000);
    const times = [];
    let size = 0;
    const client = await opened(doc, 2);
    for (let round = 0; round < rounds; round++) {
      client.cut();
      await pause(50);
      client.editOffline(atStart("mine"));
      for (let one = 0; one < operations; one++) {
        await shown(writer, reader, [{ position: 5, length: 0, content: "k" }]);
      }
      const expected = writer.text.length + 4;
      const arrived = foreign(reader, 1);
      const before = bytes(client);
      const began = performance.now();
      client.plug();
      await arrived;
      while (client.text.length !== expected) await pause(1);
      times.push(performance.now() - began);
      size = bytes(client) - before;
      while (writer.text.length !== expected) await pause(1);
    }
    return { times, bytes: size };
  },

  /** Edits right before the server is killed. */
  async before({ doc, keys }) {
    const [writer, reader] = await filled(doc, 0);
    for (let key = 0; key < keys; key++) {
      await shown(writer, reader, atStart("k"));
      await pause(20);
    }
    return { length: reader.text.length };
  },

  /** What is left of them. */
  async after({ doc }) {
    return { length: (await opened(doc, 0)).text.length };
  },
};

console.log(JSON.stringify(await parts[config.part](config)));
process.exit(0);
