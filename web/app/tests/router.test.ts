import { describe, expect, it } from "vitest";
import { parse } from "../src/ui/router";

describe("an address", () => {
  it.each([
    ["/", { page: "home" }],
    ["/#top", { page: "home" }],
    ["/m/k57abc", { page: "meeting", meetingId: "k57abc" }],
    ["/m/k57abc#chat", { page: "meeting", meetingId: "k57abc" }],
    ["/j/#code", { page: "link", code: "code" }],
    ["/j/code", { page: "link", code: "code" }],
    ["/j/code#top", { page: "link", code: "code" }],
    ["/j/", { page: "lost" }],
    ["/j/#", { page: "lost" }],
    ["/meet", { page: "meet" }],
    ["/diagnostics", { page: "diagnostics" }],
    ["/admin", { page: "admin", section: "" }],
    ["/admin#jobs", { page: "admin", section: "jobs" }],
    ["/admin/x", { page: "lost" }],
    ["/nowhere#code", { page: "lost" }],
  ])("%s is %j", (address, route) => {
    expect(parse(address)).toEqual(route);
  });
});
