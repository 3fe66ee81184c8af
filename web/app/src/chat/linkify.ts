/**
 * Links in the text of users, to web addresses only; everything else stays text. An address is shown as the browser
 * resolves it. No letter of another script, other form of a number or mark of direction can then make a host look like
 * another one.
 */

import { misleads, plain } from "../ui/text";

export type Part = { text: string; href?: string };

const ADDRESS = /\bhttps?:\/\/[^\s<>"]+/gi;
/** Characters that end a sentence or close a bracket, and hardly ever end an address. */
const TAIL = /[.,:;!?'’”)\]}…]+$/;
/** Splits an address after the host; browsers read a backslash as a slash. */
const AUTHORITY = /^https?:\/\/([^/?#\\]*)([^\\]*)$/i;

/** Split a text into parts, of which those with `href` are addresses. */
export function linkify(written: string): Part[] {
  const text = plain(written);
  const parts: Part[] = [];
  let end = 0;
  const add = (part: Part) => part.text && parts.push(part);
  for (const found of text.matchAll(ADDRESS)) {
    const shown = withoutTail(found[0]);
    const url = addressOf(shown);
    if (!url) continue;
    add({ text: text.slice(end, found.index) });
    add({ text: asItIs(shown, url), href: url.href });
    end = found.index + shown.length;
  }
  add({ text: text.slice(end) });
  return parts;
}

/** A closing bracket belongs to an address in which it was opened. */
function withoutTail(address: string): string {
  const tail = TAIL.exec(address)?.[0] ?? "";
  const bare = address.slice(0, address.length - tail.length);
  return tail.startsWith(")") && bare.includes("(") ? `${bare})` : bare;
}

/** Return whether an address, from any source, may become a link: only web addresses may. */
export function isWebAddress(address: string): boolean {
  return URL.canParse(address) && ["http:", "https:"].includes(new URL(address).protocol);
}

/** Return the target of a text, if it is an address. One with a name before `@` is misleading. */
function addressOf(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url && ["http:", "https:"].includes(url.protocol) && url.hostname && !url.username && !url.password
    ? url
    : null;
}

/** Return the address as written if that shows its target, else as the browser writes it. */
function asItIs(written: string, url: URL): string {
  const [, host, rest = ""] = AUTHORITY.exec(written) ?? [];
  return host?.toLowerCase() === url.host && !misleads(rest) ? written : url.href;
}
