// The package as its users get it: what it needs, how large it is, and what it exports.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Compressed bytes: the transforms, the session with its replicas, and the checks for a restored server. */
const BUDGET_BYTES = 9_500;
const SOURCES = import.meta.glob("../src/**/*.ts", { query: "?raw", import: "default", eager: true });
const IMPORT = /(?:from|import)\s*\(?\s*"([^"]+)"/g;

/** The built files, by name. */
let built;

beforeAll(async () => {
  const [{ output }] = await build({
    root: ROOT,
    configFile: `${ROOT}/vite.config.ts`,
    logLevel: "silent",
    build: { write: false, minify: true },
  });
  built = new Map(output.filter(({ type }) => type === "chunk").map(({ fileName, code }) => [fileName, code]));
}, 60_000);

/** The files that a file imports. */
function importsOf(path) {
  return [...SOURCES[path].matchAll(IMPORT)].map(([, to]) => new URL(to, `file://${path.replace("..", "")}`).pathname);
}

test("it imports nothing but its own files", () => {
  const outside = Object.entries(SOURCES).flatMap(([path, text]) =>
    [...text.matchAll(IMPORT)].filter(([, to]) => !to.startsWith(".")).map(([, to]) => `${path}: ${to}`),
  );
  expect(outside).toEqual([]);
});

test("it depends on no package", async () => {
  const { dependencies, peerDependencies } = JSON.parse(await readFile(`${ROOT}/package.json`, "utf8"));
  expect({ ...dependencies, ...peerDependencies }).toEqual({});
});

test("it says nothing on the console automatically", () => {
  const loud = Object.entries(SOURCES).filter(([, text]) => /\bconsole\s*\./.test(text));
  expect(loud.map(([path]) => path)).toEqual([]);
});

test("its files do not import each other in a circle", () => {
  const clean = new Set();
  const visit = (path, above) => {
    expect(above, `${[...above, path].join(" -> ")}`).not.toContain(path);
    if (clean.has(path)) return;
    for (const next of importsOf(path)) visit(`..${next}.ts`, [...above, path]);
    clean.add(path);
  };
  for (const path of Object.keys(SOURCES)) visit(path, []);
  expect(clean.size).toBe(Object.keys(SOURCES).length);
});

test("operational transformation knows nothing of the rest", () => {
  const files = Object.keys(SOURCES).filter((path) => path.startsWith("../src/ot/"));
  const outside = files.flatMap(importsOf).filter((to) => !to.startsWith("/src/ot/"));
  expect([...new Set(outside)]).toEqual(["/src/errors"]);
});

test("its bundle is within the budget", () => {
  const bytes = [...built.values()].map((code) => gzipSync(code, { level: 9 }).length);
  expect(bytes).toHaveLength(1);
  expect(bytes[0]).toBeLessThan(BUDGET_BYTES);
});

test("the exports map names the built files", async () => {
  const { exports } = JSON.parse(await readFile(`${ROOT}/package.json`, "utf8"));
  expect(built.has(exports["."].default.replace("./dist/", ""))).toBe(true);
  expect(SOURCES[`.${exports["."]["@connvo/source"]}`]).toBeDefined();
});

test("the built package and the example of its README agree on its exports", async () => {
  const code = built.get("index.js");
  const made = await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
  expect(Object.keys(made).sort()).toEqual([
    "EMPTY",
    "Interrupted",
    "MAX_TEXT",
    "NotesError",
    "NotesSession",
    "Refused",
    "UnfitOperation",
    "apply",
    "compose",
    "diff",
    "laterLeft",
    "normalize",
    "smallerLeft",
    "textOf",
    "transform",
    "transformPair",
    "transformPosition",
    "wellFormed",
  ]);
  const example = /```ts\n(.*?)```/s.exec(await readFile(`${ROOT}/README.md`, "utf8"))?.[1] ?? "";
  const names = /import \{ (.*) \} from "@connvo\/notes"/.exec(example)?.[1].split(", ") ?? [];
  expect(names.filter((name) => !name.startsWith("type "))).toEqual(["NotesSession"]);
  for (const name of names.filter((one) => !one.startsWith("type "))) expect(made).toHaveProperty(name);
});
