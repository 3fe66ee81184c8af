import { expect, test } from "vitest";
import { bound } from "../src/auth/boundedFetch";

const JSON_TYPE = { "content-type": "application/json" };
const answering = (body: BodyInit | null, init: ResponseInit = { headers: JSON_TYPE }) =>
  (async () => new Response(body, init)) as typeof fetch;

/** A body without an end. */
function endless(everyMs = 0): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      if (everyMs) await new Promise((done) => setTimeout(done, everyMs));
      controller.enqueue(new Uint8Array(64 * 1024));
    },
  });
}

test("a reply of the provider passes as it is", async () => {
  const reply = await bound(answering('{"id_token":"x"}'), "https://id.example.org/token");
  expect([reply.status, await reply.json()]).toEqual([200, { id_token: "x" }]);
  const refused = await bound(
    answering('{"error":"invalid_grant"}', { status: 400, headers: JSON_TYPE }),
    "https://x.test",
  );
  expect([refused.status, await refused.json()]).toEqual([400, { error: "invalid_grant" }]);
});

test("a reply without an end is cut off", async () => {
  const reply = await bound(answering(endless()), "https://id.example.org/token");
  await expect(reply.text()).rejects.toThrow("too large");
});

test("a provider that answers nothing is given up", async () => {
  const silent = ((_: unknown, init: RequestInit) =>
    new Promise((_, fail) => init.signal?.addEventListener("abort", () => fail(init.signal?.reason)))) as typeof fetch;
  await expect(bound(silent, "https://id.example.org/token", {}, 20)).rejects.toThrow();
});

test.each([400, 401, 403, 404, 502])(
  "a refusal of something in between (%i) is no end of the session",
  async (status) => {
    const portal = answering("<h1>Log in to the network</h1>", { status, headers: { "content-type": "text/html" } });
    expect((await bound(portal, "https://id.example.org/token")).status).toBe(503);
  },
);

test("redirects are not followed", async () => {
  let asked: RequestInit | undefined;
  const seeing = (async (_: unknown, init: RequestInit) => {
    asked = init;
    return new Response("{}", { headers: JSON_TYPE });
  }) as typeof fetch;
  await bound(seeing, "https://id.example.org/token");
  expect(asked?.redirect).toBe("error");
});
