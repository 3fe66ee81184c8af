/** Addresses in what people write. Only those of the web: whatever else looks like one stays text. */

export type Part = { text: string; href?: string };

const ADDRESS = /\bhttps?:\/\/[^\s<>"]+/gi;
/** What ends a sentence or closes a bracket, and is hardly ever meant as the end of an address. */
const TAIL = /[.,:;!?'’”)\]}…]+$/;
/** Cuts a text into parts, of which those with `href` are addresses. Together they are the text. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  const add = (part: Part) => part.text && parts.push(part);
  for (const found of text.matchAll(ADDRESS)) {
    const shown = withoutTail(found[0]);
    const href = addressOf(shown);
    if (!href) continue;
    add({ text: text.slice(end, found.index) });
    add({ text: shown, href });
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

/** Return where a text leads, if it is an address. One with a name before `@` reads as if it led elsewhere. */
function addressOf(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url && ["http:", "https:"].includes(url.protocol) && url.hostname && !url.username && !url.password
    ? url.href
    : null;
}
