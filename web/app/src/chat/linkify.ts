/**
 * Addresses in what people write. Only those of the web: whatever else looks like one stays text. An address is shown as
 * the browser goes there, so that no letter of another script, no other form of a number and no mark of direction makes
 * a host look like another one.
 */

import { misleads, plain } from "../ui/text";

export type Part = { text: string; href?: string };

const ADDRESS = /\bhttps?:\/\/[^\s<>"]+/gi;
/** What ends a sentence or closes a bracket, and is hardly ever meant as the end of an address. */
const TAIL = /[.,:;!?'’”)\]}…]+$/;
/** Where the host ends and the rest begins; browsers read a backslash as a slash. */
const AUTHORITY = /^https?:\/\/([^/?#\\]*)([^\\]*)$/i;

/** Cuts a text into parts, of which those with `href` are addresses. */
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

/** Whether an address may be a link of the page: one of the web, whoever gave it. */
export function isWebAddress(address: string): boolean {
  return URL.canParse(address) && ["http:", "https:"].includes(new URL(address).protocol);
}

/** Return where a text leads, if it is an address. One with a name before `@` reads as if it led elsewhere. */
function addressOf(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url && ["http:", "https:"].includes(url.protocol) && url.hostname && !url.username && !url.password
    ? url
    : null;
}

/** The address as it was written where that says where it leads, else as the browser writes it. */
function asItIs(written: string, url: URL): string {
  const [, host, rest = ""] = AUTHORITY.exec(written) ?? [];
  return host?.toLowerCase() === url.host && !misleads(rest) ? written : url.href;
}
