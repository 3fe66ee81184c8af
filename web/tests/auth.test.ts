import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { forgetName, remember, remembered } from "../src/auth";
import { SignInNeeded, TryLater } from "../src/identity/credentials";

let sent: { subject: string; name: string }[];
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
  forgetName();
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
