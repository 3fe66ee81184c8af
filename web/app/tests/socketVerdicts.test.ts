import { beforeEach, expect, test, vi } from "vitest";
import type { SignedIn } from "../src/auth/credentials";

class FakeSocket extends EventTarget {
  close(): void {}
}

let session: import("../src/auth/signInSession").SignInSession;
let hearing: typeof import("../src/auth/socketVerdicts");
const who: SignedIn = { token: "x.e30.y", subject: "ada", email: "" };

beforeEach(async () => {
  vi.stubGlobal("WebSocket", FakeSocket);
  const { SignInSession } = await import("../src/auth/signInSession");
  hearing = await import("../src/auth/socketVerdicts");
  session = new SignInSession({ fresh: async () => who });
  await session.token(false);
});

/** Asks for another token, and returns how the session stands. */
async function status() {
  void session.token(true);
  await new Promise((done) => setTimeout(done, 0));
  return session.status();
}

test("a refusal of the server is heard, with its words", async () => {
  const error = "The token was made for another audience";
  hearing.hear(session, JSON.stringify({ type: "AuthError", error, baseVersion: 0, authUpdateAttempted: true }));
  expect(await status()).toEqual({ state: "refused", words: error });
  session.close();
});

test("a token that ended while it was in use is no refusal", async () => {
  hearing.hear(session, JSON.stringify({ type: "AuthError", error: "expired", authUpdateAttempted: false }));
  expect((await status()).state).toBe("ended");
  session.close();
});

test.each(["", "null", '{"type":"Ping"}', '{"type":"MutationResponse","error":"AuthError"}', 7, null])(
  "%j says nothing about the sign-in",
  (data) => {
    hearing.hear(session, data);
    expect(session.status().state).toBe("good");
  },
);

test("a server whose provider is away is heard on closing, and trusted again when it shows something", () => {
  const Heard = hearing.heardBy(session);
  const socket = new Heard("ws://server.test");
  socket.dispatchEvent(Object.assign(new Event("close"), { reason: "AuthProviderUnreachable" }));
  expect(session.status()).toEqual({ state: "waiting", words: "The server cannot reach the sign-in provider." });
  hearing.hear(session, '{"type":"Transition"}');
  expect(session.status().state).toBe("good");
});
