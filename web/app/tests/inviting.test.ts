import { describe, expect, it } from "vitest";
import { addressFault, hasAddress } from "../src/members/inviting";

describe("an address to invite", () => {
  it.each(["ada@example.org", "  Ada@Example.org ", "ädä@bücher.example"])("is fine: %s", (text) => {
    expect(addressFault(text)).toBeNull();
  });

  it.each([
    ["", /^Enter/],
    ["   ", /^Enter/],
    ["ada", /name@example\.org/],
    ["ada@", /name@example\.org/],
    ["ada@example.org, ben@example.org", /name@example\.org/],
    ["ada lovelace@example.org", /name@example\.org/],
  ])("is not %j, and the person is told what to do", (text, words) => {
    expect(addressFault(text)).toMatch(words);
  });
});

it("people who signed in by name alone have no address", () => {
  expect(hasAddress({ email: "ada@example.org" })).toBe(true);
  expect(hasAddress({ email: "1234-5678@guest.invalid" })).toBe(false);
});
