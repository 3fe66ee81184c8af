import { expect, it } from "vitest";
import { withMarks } from "../src/search/markedWords";
import { passageText } from "../src/search/passageText";
import { addressOf, countInWords, searchAddress, searchIn, sinceOf } from "../src/search/places";
import { timeIn } from "../src/ui/moments";

it("a result leads to its place in the meeting", () => {
  const at = 1_800_000_000_123.4;
  expect(addressOf({ meetingId: "m1", kind: "transcript", at })).toBe("/m/m1#at-1800000000123");
  expect(timeIn("#at-1800000000123")).toBe(1_800_000_000_123);
  expect(addressOf({ meetingId: "m1", kind: "report", at })).toBe("/m/m1#at-1800000000123");
  expect(addressOf({ meetingId: "m1", kind: "note" })).toBe("/m/m1#notes");
  expect(addressOf({ meetingId: "m1", kind: "chat", at })).toBe("/m/m1#chat");
  expect(addressOf({ meetingId: "m1", kind: "title" })).toBe("/m/m1");
});

it("other addresses name no time", () => {
  for (const hash of ["", "#at-", "#at-x", "#at-1e5", "#segment-1", "#at-1234567890123456"]) {
    expect(timeIn(hash)).toBe(null);
  }
});

it("a search is kept in the address", () => {
  for (const text of ["budget", "50 % of #1 & more?", "会議", ""]) {
    const address = searchAddress(text);
    expect(searchIn(address.slice(1))).toBe(text);
  }
  expect(searchIn("#search=%E0%A4%A")).toBe("");
  expect(searchIn("#chat")).toBe("");
});

it("a time reaches back so many days", () => {
  expect(sinceOf("any", 1000)).toBe(undefined);
  expect(sinceOf("week", 7 * 24 * 3600_000 + 5)).toBe(5);
});

it("the number of results is said in words", () => {
  expect([0, 1, 2].map(countInWords)).toEqual(["Nothing found", "One passage", "2 passages"]);
});

it.each([
  ["# Garden ## Plan Forty **tulips**", "Garden Plan Forty tulips"],
  ["- [ ] order [bulbs](https://example.org) - [x] dig", "order bulbs · dig"],
  ["> said *once* and __twice__, `code` and ~~gone~~", "said once and twice, code and gone"],
  ["snake_case_name, 2 * 3 * 4 and tea - or C# 9", "snake_case_name, 2 * 3 * 4 and tea - or C# 9"],
  ["cut **in the middle", "cut **in the middle"],
  ["1\\. not a list", "1. not a list"],
  ["---", "---"],
])("a passage of notes is shown without marks: %j", (passage, shown) => {
  expect(passageText({ kind: "note", passage })).toBe(shown);
});

it("a passage that is not of notes is shown as it was said or written", () => {
  expect(passageText({ kind: "chat", passage: "a **b** # c" })).toBe("a **b** # c");
});

it.each([
  ["Buy tulips, Tulips and tulip bulbs", ["tulips", "Tulips"], "Buy [tulips], [Tulips] and tulip bulbs"],
  ["Le café ouvre", ["café"], "Le [café] ouvre"],
  ["来週の会議で予算を決めます", ["予算"], "来週の会議で[予算]を決めます"],
  ["C++ (again)", ["again", "C"], "[C]++ ([again])"],
  ["a.b and axb", ["a.b"], "[a.b] and axb"],
  ["nothing", [], "nothing"],
])("the words that were found are marked: %j", (text, words, marked) => {
  expect(
    withMarks(text, words)
      .map((part) => (part.found ? `[${part.text}]` : part.text))
      .join(""),
  ).toBe(marked);
});
