import { expect, test } from "vitest";
import { announcements, type CallSnapshot } from "../src/call/announcements";

const QUIET: CallSnapshot = {
  present: new Map([["b", "Ben"]]),
  sharing: new Map(),
  mine: { audio: true, video: true, screen: false },
  host: false,
  recording: false,
  transcription: { mode: "off", by: null },
  message: null,
};

test.each<[Partial<CallSnapshot>, string[]]>([
  [{}, []],
  [{ present: new Map() }, ["Ben has left."]],
  [{ present: new Map([["c", "Cy"]]) }, ["Cy has joined.", "Ben has left."]],
  [{ sharing: new Map([["b", "Ben"]]) }, ["Ben is sharing a screen."]],
  [{ mine: { audio: false, video: true, screen: false } }, ["You are muted."]],
  [{ mine: { audio: true, video: false, screen: true } }, ["Your camera is off.", "You are sharing your screen."]],
  [{ mine: { audio: true, video: true, screen: true } }, ["You are sharing your screen. Your camera is paused."]],
  [{ host: true, recording: true }, ["You are a host now.", "This call is being recorded."]],
  [{ transcription: { mode: "captions", by: "Ben" } }, ["Ben has turned on captions."]],
  [{ transcription: { mode: "transcript", by: "Ben" } }, ["Ben keeps a transcript of this call."]],
  [{ message: { id: "1", from: "Ben", text: "hello\nthere" } }, ["Ben: hello there"]],
])("says what %j changes", (change, said) => {
  expect(announcements(QUIET, { ...QUIET, ...change })).toEqual(said);
});

test("says a message once, and a long one in part", () => {
  const first = { ...QUIET, message: { id: "1", from: "Ben", text: "x".repeat(500) } };
  const [said] = announcements(QUIET, first);
  expect(said?.length).toBeLessThan(140);
  expect(announcements(first, { ...first })).toEqual([]);
  expect(announcements(first, { ...first, message: null })).toEqual([]);
});

test("is silent about its beginning", () => {
  expect(announcements(QUIET, QUIET)).toEqual([]);
});
