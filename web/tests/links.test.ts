import { expect, test } from "vitest";
import { partsOf } from "../src/links";

const links = (text: string) => partsOf(text).flatMap((part) => (part.href ? [part.href] : []));

test.each([
  ["see https://example.org/a?b=c#d now", ["https://example.org/a?b=c#d"]],
  ["(https://example.org/x).", ["https://example.org/x"]],
  ["https://example.org/wiki/Ada_(name), she", ["https://example.org/wiki/Ada_(name)"]],
  ["HTTP://EXAMPLE.org!", ["http://example.org/"]],
  ["two: http://a.example https://b.example…", ["http://a.example/", "https://b.example/"]],
])("finds the addresses in %j", (text, found) => {
  expect(links(text)).toEqual(found);
});

test.each([
  "javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "ftp://example.org/file",
  "https://",
  "https://[nonsense",
  "xhttps://example.org is no word of ours",
  "example.org",
  "https://bank.example@evil.example/",
  "https://a:b@evil.example",
  "",
])("leaves %j as text", (text) => {
  expect(links(text)).toEqual([]);
});

test.each([
  "a https://b.example/(c). d",
  "no address",
  "https://a.example\nhttps://b.example",
  " <b>https://x.example</b> ",
])("loses nothing of %j", (text) => {
  expect(
    partsOf(text)
      .map((part) => part.text)
      .join(""),
  ).toBe(text);
});
