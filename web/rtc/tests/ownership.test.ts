import { expect, test } from "vitest";
import { Ownership } from "../src/session/ownership";
import type { RemoteSession } from "../src/signalling";

function own(...ids: string[]): RemoteSession[] {
  return ids.map((sessionId) => ({ sessionId, userId: "ada", state: "connected" }));
}

test.each<[string, string[][], boolean[]]>([
  ["nobody else is there", [["me.1"]], [false]],
  ["a page before this one lingers", [["old.1", "me.1"]], [false]],
  ["a page before this one lingers while this one has no session", [["old.1", "me.1"], ["old.1"]], [false, false]],
  ["another page comes in", [["me.1"], ["me.1", "new.1"]], [false, true]],
  ["another page comes in while this one has no session", [["me.1"], [], ["new.1"]], [false, false, true]],
  ["another page has come in and this one was away", [["me.1"], ["new.2"]], [false, true]],
  ["this page has two sessions for a moment", [["me.1"], ["me.1", "me.2"], ["me.2"]], [false, false, false]],
  ["both came at once, and this one is the newer", [["new.1", "me.2"]], [false]],
])("when %s", (_, lists, lost) => {
  const ownership = new Ownership("me");
  expect(lists.map((ids) => ownership.isLost(own(...ids)))).toEqual(lost);
});

test.each<[string, string[][], string[]]>([
  ["no page was before this one", [["me.1"]], []],
  ["a page before this one left a session behind", [["old.1", "me.1"]], ["old.1"]],
  ["that session has ended", [["old.1", "me.1"], ["me.1"]], []],
  [
    "that page made another one",
    [
      ["old.1", "me.1"],
      ["me.1", "old.2"],
    ],
    [],
  ],
  ["a page has come in after this one", [["me.1"], ["me.1", "new.1"]], []],
])("what is left behind when %s", (_, lists, older) => {
  const ownership = new Ownership("me");
  for (const ids of lists) ownership.isLost(own(...ids));
  expect(ownership.older).toEqual(older);
});
