import { expect, test } from "vitest";
import { isWebAddress, linkify } from "../src/chat/linkify";

const links = (text: string) => linkify(text).flatMap((part) => (part.href ? [part.href] : []));

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
    linkify(text)
      .map((part) => part.text)
      .join(""),
  ).toBe(text);
});

const shown = (text: string) => linkify(text).flatMap((part) => (part.href ? [part.text] : []));

test.each([
  ["an ordinary host", "https://example.org/a", "https://example.org/a"],
  ["capitals", "https://Example.ORG/Wiki/Ada", "https://Example.ORG/Wiki/Ada"],
  ["a port", "http://example.org:8080/x", "http://example.org:8080/x"],
  ["letters in a path", "https://de.example/wiki/Österreich", "https://de.example/wiki/Österreich"],
  ["a Cyrillic letter", "https://аpple.com/login", "https://xn--pple-43d.com/login"],
  ["another script", "https://пример.example", "https://xn--e1afmkfd.example/"],
  ["an umlaut", "https://bücher.example/x", "https://xn--bcher-kva.example/x"],
  ["full width letters", "https://ｇｏｏｇｌｅ.com/", "https://google.com/"],
  ["an ideographic full stop", "https://evil。example/bank.example", "https://evil.example/bank.example"],
  ["a number", "http://2130706433/", "http://127.0.0.1/"],
  ["a hexadecimal number", "http://0x7f.1/", "http://127.0.0.1/"],
  ["an octal number", "http://0177.0.0.1/", "http://127.0.0.1/"],
  ["IPv4 within IPv6", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"],
  ["the usual port", "https://example.org:443/", "https://example.org/"],
  ["an escaped host", "https://%65vil.example/", "https://evil.example/"],
  ["a backslash", "https://evil.example\\bank.example", "https://evil.example/bank.example"],
  ["a backslash before a name", "https://evil.example\\@bank.example", "https://evil.example/@bank.example"],
  ["letters from the right", "https://evil.example/א/bank", "https://evil.example/%D7%90/bank"],
  ["a soft hyphen", "https://example.org/a\u00adb", "https://example.org/a%C2%ADb"],
  ["a zero width space in a host", "https://ban\u200bk.example/", "https://bank.example/"],
])("shows where %s leads", (_, written, drawn) => {
  expect(shown(written)).toEqual([drawn]);
});

test.each(["\u202e", "\u202d", "\u2066", "\u2067", "\u2069", "\u202c"])("no override %j reaches the page", (mark) => {
  const drawn = linkify(`see ${mark}https://example.org/${mark}gpj.exe${mark} now`);
  expect(drawn.map((part) => part.text).join("")).toBe("see https://example.org/gpj.exe now");
  expect(drawn[1]?.href).toBe("https://example.org/gpj.exe");
});

test.each(["mailto:ada@example.org", "vbscript:x", "file:///etc/passwd", "https:/@evil"])("%j is no link", (text) => {
  expect(links(text)).toEqual([]);
});

test.each([
  ["https://files.example/one.mp4?token=x", true],
  ["http://127.0.0.1/one.mp4", true],
  ["javascript:alert(1)", false],
  [" javascript:alert(1)", false],
  ["data:text/html,x", false],
  ["/relative", false],
])("%j may be a link: %s", (address, may) => {
  expect(isWebAddress(address)).toBe(may);
});
