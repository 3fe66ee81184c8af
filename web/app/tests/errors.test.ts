import { ConvexError, type Value } from "convex/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeOf, isConnectionLost, messageOf, retryAfterMs } from "../src/api/errors";

const LOST =
  "[CONVEX A(meetings/webrtc/turn:getICEServers)] Connection lost while action was in flight\n  Called by client";
const FAULT = "[CONVEX M(meetings/chat:sendMessage)] [Request ID: 8f3a0c1d] Server Error\n  Called by client";

function refusal(code: string, message = "", metadata: Record<string, string | number> = {}): ConvexError<Value> {
  const error = new ConvexError({ code, message, statusCode: 400, metadata });
  error.message = `[CONVEX M(meetings/lifecycle:joinMeeting)] ${message}\n  Called by client`;
  return error;
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

describe("the words of an error", () => {
  test.each<[string, unknown, RegExp]>([
    ["a socket lost under an action", new Error(LOST), /^The connection to the server was lost.*Try again/],
    ["a fault of the server", new Error(FAULT), /^Something went wrong on the server.*: 8f3a0c1d$/],
    ["a fault with a code", refusal("INTERNAL_ERROR", "[Request ID: 77aa] Server Error"), /number: 77aa$/],
    ["a fault without a number", new Error("Server Error"), /^Something went wrong on the server/],
    ["Chromium offline", new TypeError("Failed to fetch"), /^The server cannot be reached/],
    [
      "Firefox offline",
      new TypeError("NetworkError when attempting to fetch resource."),
      /^The server cannot be reached/,
    ],
    ["Safari offline", new TypeError("Load failed"), /^The server cannot be reached/],
    ["a slow answer", named("TimeoutError", "signal timed out"), /^The server took too long/],
    [
      "a fault of the page",
      new TypeError("Cannot read properties of undefined (reading 'map')"),
      /^Something .* in this page/,
    ],
    ["a missing function", new ReferenceError("x is not defined"), /^Something went wrong in this page/],
    ["an insecure page", new TypeError("crypto.randomUUID is not a function"), /^Something went wrong in this page/],
    ["nothing", undefined, /^Something went wrong in this page/],
    ["an object", { reason: 1 }, /^Something went wrong in this page/],
    ["an own sentence", new Error("Signing in by name is switched off on this server."), /^Signing in by name/],
    ["a word of a library", new Error("invalid_grant"), /^Something went wrong in this page/],
    [
      "no account",
      refusal("UNAUTHORIZED", "Your account is not set up yet: call users/mutations:upsertUser first"),
      /^You are no longer signed in/,
    ],
    [
      "not a host",
      refusal("INSUFFICIENT_PERMISSIONS", "This needs the role host", { requiredRole: "host" }),
      /^Only a host/,
    ],
    [
      "an observer",
      refusal("INSUFFICIENT_PERMISSIONS", "", { requiredRole: "participant", currentRole: "observer" }),
      /^Observers/,
    ],
    ["something that is gone", refusal("NOT_FOUND", "Meeting with ID j57 not found"), /^This no longer exists/],
    [
      "haste",
      refusal("RATE_LIMIT_EXCEEDED", "Too many signal calls", { retryAfterSeconds: 2.3 }),
      /Try again in 3 seconds\.$/,
    ],
    ["a little haste", refusal("RATE_LIMIT_EXCEEDED", "", { retryAfterSeconds: 0.1 }), /Try again in a second\.$/],
    ["a database away", refusal("SERVICE_UNAVAILABLE", "database is locked"), /^The server cannot do this right now/],
    ["too much", refusal("LIMIT_EXCEEDED", "args are 1048577 bytes"), /^This is too large/],
    [
      "a meeting that is over",
      refusal("VALIDATION_ERROR", "The meeting is concluded, not active", { field: "meetingId", state: "concluded" }),
      /^The meeting is over\.$/,
    ],
    ["a meeting to come", refusal("MEETING_NOT_ACTIVE", "", { state: "scheduled" }), /^The meeting has not begun yet/],
    [
      "a full meeting",
      refusal("CONFLICT", "The meeting is full: it holds 4 people. Remove somebody first"),
      /^The meeting is full: it holds 4 people/,
    ],
    [
      "a removal",
      refusal("FORBIDDEN", "A host has removed you from this meeting"),
      /^A host has removed you from this meeting\.$/,
    ],
    [
      "a time in numbers",
      refusal("VALIDATION_ERROR", "scheduledAt lies in the past; it is in milliseconds since 1970"),
      /^The server did not accept this/,
    ],
    [
      "the name of a field",
      refusal("VALIDATION_ERROR", "maxParticipants needs a whole number"),
      /^The server did not accept this/,
    ],
    [
      "a call to make",
      refusal("VALIDATION_ERROR", "Join the meeting first: call meetings/lifecycle:joinMeeting"),
      /^The server did not accept this/,
    ],
    ["an unknown refusal", refusal("SOMETHING_NEW", ""), /^The server did not accept this/],
  ])("%s", (_, error, words) => {
    expect(messageOf(error)).toMatch(words);
  });

  test("is a sentence without internals, whatever the error", () => {
    const thrown = fc.oneof(
      fc.anything(),
      fc.string().map((text) => new Error(text)),
      fc.tuple(fc.string(), fc.string()).map(([code, text]) => refusal(code, text)),
      fc.string().map((text) => new Error(`[CONVEX Q(a/b:c)] ${text}\n  Called by client`)),
      fc.string().map((text) => new TypeError(text)),
    );
    fc.assert(
      fc.property(thrown, (error) => {
        const words = messageOf(error);
        expect(words).not.toMatch(/CONVEX|Called by|\[|\]|undefined|\bms\b|_/);
        expect(words.trim()).not.toBe("");
      }),
    );
  });
});

test("an error has the code of its refusal, or none", () => {
  expect(codeOf(refusal("FORBIDDEN"))).toBe("FORBIDDEN");
  for (const error of [new Error(LOST), undefined, null, "x", { data: { code: 7 } }]) expect(codeOf(error)).toBeNull();
});

test("only a lost socket is one, not a refusal that speaks of it", () => {
  expect(isConnectionLost(new Error(LOST))).toBe(true);
  expect(isConnectionLost(refusal("CONFLICT", "Connection lost while action was in flight"))).toBe(false);
  expect(isConnectionLost(new Error(FAULT))).toBe(false);
});

test("a refusal passes, or it does not", () => {
  expect(retryAfterMs(refusal("RATE_LIMIT_EXCEEDED", "", { retryAfterSeconds: 2 }))).toBe(2_000);
  expect(retryAfterMs(refusal("SERVICE_UNAVAILABLE"))).toBe(0);
  for (const code of ["FORBIDDEN", "CONFLICT", "INTERNAL_ERROR"]) expect(retryAfterMs(refusal(code))).toBeNull();
});
