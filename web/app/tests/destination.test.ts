import { describe, expect, it } from "vitest";
import { destinationOf } from "../src/home/destination";

const HOST = "meet.example.org";
const CODE = "0123456789abcdefghjkmnpqrs";

describe("a link or code", () => {
  it.each([
    [CODE, `/j/#${CODE}`],
    [`  ${CODE.toUpperCase()}\n`, `/j/#${CODE}`],
    [`https://${HOST}/j/#${CODE}`, `/j/#${CODE}`],
    [`${HOST}/j/#${CODE}`, `/j/#${CODE}`],
    [`/j/#${CODE}`, `/j/#${CODE}`],
    [`https://${HOST}/j/?utm=mail#${CODE}`, `/j/#${CODE}`],
    [`https://${HOST}/j/${CODE}`, `/j/#${CODE}`],
    [`http://${HOST}/m/k57abc`, "/m/k57abc"],
    [`http://${HOST}/m/k57abc?utm=mail#top`, "/m/k57abc"],
    [`${HOST}/j/${CODE}`, `/j/#${CODE}`],
    [`https://${HOST}/j/${CODE}?utm=mail#top`, `/j/#${CODE}`],
    [`/j/${CODE}`, `/j/#${CODE}`],
  ])("%s leads to %s", (text, path) => {
    expect(destinationOf(text, HOST)).toEqual({ path });
  });

  it.each([
    ["", /Paste/],
    ["   ", /Paste/],
    ["hello", /not a meeting link or code/],
    [CODE.slice(1), /not a meeting link or code/],
    [`https://${HOST}/docs`, /not a meeting link or code/],
    [`https://${HOST}/j/`, /not a meeting link or code/],
    [`https://${HOST}/j/#`, /not a meeting link or code/],
    [`https://${HOST}/docs#${CODE}`, /not a meeting link or code/],
    [`https://evil.example/j/#${CODE}`, /another server/],
    [`https://evil.example/j/${CODE}`, /another server/],
    [`https://${HOST}:8443/j/${CODE}`, /another server/],
    [`https://${HOST}@evil.example/j/${CODE}`, /another server/],
    [`//evil.example/j/${CODE}`, /another server/],
    ["javascript:alert(1)", /not a meeting link or code/],
    [`javascript://${HOST}/j/${CODE}`, /not a meeting link or code/],
  ])("%s leads nowhere, and it says why", (text, problem) => {
    expect(destinationOf(text, HOST)).toEqual({ problem: expect.stringMatching(problem) });
  });
});
