import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SignInNeeded, TryLater } from "../src/auth/credentials";
import {
  forgetAccount,
  forgetKept,
  keepAccount,
  kept,
  remember,
  remembered,
  resumeAccount,
} from "../src/auth/localAccount";

let sent: { subject: string; name: string; session: string }[];
let answer: () => Response;

beforeEach(() => {
  sent = [];
  answer = () => Response.json({ token: "x", subject: "guest:1" });
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    sent.push(JSON.parse(String(init.body)));
    return answer();
  });
});
afterEach(() => {
  forgetAccount();
  for (const account of kept()) forgetKept(account);
  vi.unstubAllGlobals();
});

// A browser that keeps nothing for this page: the storage of Node.js is missing as well.
const blocked = {
  getItem: () => {
    throw new DOMException("denied", "SecurityError");
  },
  setItem: () => {
    throw new DOMException("denied", "SecurityError");
  },
  removeItem: () => {
    throw new DOMException("denied", "SecurityError");
  },
};

test("a name is enough where the browser keeps nothing and offers no secure context", async () => {
  vi.stubGlobal("localStorage", blocked);
  vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
  expect(await remember("Ada").fresh(false)).toMatchObject({ subject: "guest:1", email: "guest-1@guest.invalid" });
  await remembered()?.fresh(false);
  expect(sent.map(({ name }) => name)).toEqual(["Ada", "Ada"]);
  expect(new Set(sent.map(({ subject }) => subject)).size).toBe(1);
  expect(sent[0]?.subject).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

test.each([
  [500, TryLater],
  [503, TryLater],
  [429, TryLater],
  [401, SignInNeeded],
  [403, SignInNeeded],
  [404, SignInNeeded],
  [400, SignInNeeded],
])("%i of the server is told apart", async (status, kind) => {
  answer = () => new Response("", { status });
  await expect(remember("Ada").fresh(false)).rejects.toThrow(kind);
});

test("a server that cannot be reached is for later", async () => {
  vi.stubGlobal("fetch", async () => {
    throw new TypeError("Failed to fetch");
  });
  await expect(remember("Ada").fresh(false)).rejects.toThrow(TryLater);
});

test("a network that has made too many accounts is told when to come back", async () => {
  answer = () => new Response("", { status: 429, headers: { "retry-after": "40" } });
  const refused = await remember("Ada")
    .fresh(false)
    .catch((reason) => reason);
  expect([refused.afterMs, refused.message]).toEqual([40_000, expect.stringContaining("in 40 s")]);
});

test("another name is another account, and the one before can be gone on with", async () => {
  await remember("Ada").fresh(false);
  await remember("Ben").fresh(false);
  expect(kept().map(({ name }) => name)).toEqual(["Ada"]);
  const [ada] = kept();
  if (!ada) throw new Error("Ada was not kept");
  await resumeAccount(ada).fresh(false);
  const [first, second, again] = sent;
  expect(second?.subject).not.toBe(first?.subject);
  expect(again?.subject).toBe(first?.subject);
  expect(again?.session, "a sign-in that was ended is not renewed").not.toBe(first?.session);
  expect(kept().map(({ name }) => name)).toEqual(["Ben"]);
});

test("a sign-in keeps its name when the page is opened again", async () => {
  await remember("Ada").fresh(false);
  await remembered()?.fresh(false);
  expect(sent[0]).toEqual(sent[1]);
});

test("an account that is forgotten is nowhere, and few are kept", () => {
  remember("Ada");
  forgetAccount();
  expect([remembered(), kept()]).toEqual([null, []]);
  for (let number = 0; number < 9; number++) {
    remember(`N${number}`);
    keepAccount();
  }
  expect(kept().map(({ name }) => name)).toEqual(["N8", "N7", "N6", "N5", "N4"]);
});
