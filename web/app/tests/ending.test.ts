import { expect, it } from "vitest";
import { endInWords, isOnlyHost } from "../src/meeting/ending";

it("the end is told to the host who ended it, and to others", () => {
  expect(endInWords("ended_by_host", true)).toBe("You ended it for everyone.");
  expect(endInWords("ended_by_host", false)).toBe("A host ended it for everyone.");
  expect(endInWords("empty", true)).toBe("It ended because everyone had left.");
});

it("of several hosts none is the only one", () => {
  const ada = { userId: "u1", role: "host" } as const;
  const ben = { userId: "u2", role: "participant" } as const;
  expect(isOnlyHost([ada, ben], "u1")).toBe(true);
  expect(isOnlyHost([ada, ben], "u2")).toBe(false);
  expect(isOnlyHost([ada, { ...ben, role: "host" }], "u1")).toBe(false);
});
