import { describe, expect, it } from "vitest";
import type { Message } from "../src/api/functions";
import { allMessages, applyMessages, hasEarlier, named } from "../src/chat/log";

function message(number: number, text = `${number}`): Message {
  const sender = { _id: "ada", displayName: "Ada" };
  return { _id: `m${number}`, _creationTime: number, senderId: "ada", sender, text, createdAt: number };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, nth) => message(from + nth));
const whole = (from: number, to: number, revision: number, earlier = false) =>
  applyMessages(undefined, { revision, milestone: 0, complete: true, earlier, messages: range(from, to) });
const ids = (messages: Message[]) => messages.map((one) => one._creationTime);

describe("the log of a chat", () => {
  it("adds new messages once, in order", () => {
    const answer = { revision: 4, milestone: 0, complete: false, messages: [message(3), message(2)] };
    const log = applyMessages(applyMessages(whole(0, 2, 2), answer), answer);
    expect(ids(allMessages(log, null))).toEqual([0, 1, 2, 3]);
  });

  it("has older messages in front, those that are known once", () => {
    const log = whole(5, 10, 10, true);
    expect(hasEarlier(log, null)).toBe(true);
    const older = { start: log.start, messages: range(2, 7).reverse(), cursor: "more" };
    expect(ids(allMessages(log, older))).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(hasEarlier(log, older)).toBe(true);
    expect(hasEarlier(log, { ...older, cursor: null })).toBe(false);
  });

  it("forgets older messages when the server sends the whole again, as some were deleted", () => {
    const older = { start: 10, messages: range(0, 5), cursor: null };
    const log = whole(6, 10, 11);
    expect(ids(allMessages(log, older))).toEqual([6, 7, 8, 9]);
    expect(hasEarlier(log, older)).toBe(false);
  });

  it("shows members by their present names, and others by the name they had", () => {
    const [one] = named([message(1)], [{ userId: "ada", user: { _id: "ada", displayName: "Ada Lovelace" } }]);
    expect(one?.sender.displayName).toBe("Ada Lovelace");
    for (const members of [[], [{ userId: "ada", user: { _id: "ada" } }]]) {
      expect(named([message(1)], members)[0]?.sender.displayName).toBe("Ada");
    }
  });
});
