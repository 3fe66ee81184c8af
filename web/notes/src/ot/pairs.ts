/** Surrogate pairs: characters above U+FFFF take two units, and nothing may come between them. */

export function cutsPair(text: string, position: number): boolean {
  return position > 0 && isLead(text.charCodeAt(position - 1)) && isTrail(text.charCodeAt(position));
}

/** Return a text without what a server refuses: U+0000, and halves of pairs. */
export function wellFormed(text: string): string {
  return text.replace(UNSTORABLE, "\ufffd");
}

const UNSTORABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function isLead(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isTrail(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
