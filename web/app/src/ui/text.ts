/** Text of users within text of the page. The server cleans what it stores; older rows are drawn safely too. */

/**
 * These turn text around, also that of others; marks of direction (U+200E, U+200F, U+061C) do not, and users write
 * them.
 */
const OVERRIDES = /[\u202a-\u202e\u2066-\u206f\ufff9-\ufffb]/g;
/** More marks on one letter than any script has: they cover the lines above and below. */
const TOWERS = /(\p{M}{6})\p{M}+/gu;
const CONTROLS = /[^\P{Cc}\n\t]/gu;
const DIRECTIONAL = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const FIRST_STRONG_ISOLATE = "\u2068";
const POP_ISOLATE = "\u2069";
/** Spaces, controls, and all characters that browsers draw as nothing, such as fillers and selectors. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cs}\p{Z}\u2800\ufff9-\ufffb]/gu;

/**
 * Return a user's text made safe on its own: nothing in it turns letters around, hides as a control, or covers its
 * surroundings.
 */
export function plain(text: string): string {
  return text.replace(OVERRIDES, "").replace(CONTROLS, "").replace(TOWERS, "$1");
}

/**
 * Return a name or title for the middle of a sentence: whatever its direction, the words around it keep their order.
 */
export function isolate(text: string): string {
  const bare = plain(text.replace(DIRECTIONAL, ""));
  return RIGHT_TO_LEFT.test(bare) ? `${FIRST_STRONG_ISOLATE}${bare}${POP_ISOLATE}` : bare;
}

/** Return whether text in an address could be mistaken for another: drawn from the right, or partly invisible. */
export function misleads(text: string): boolean {
  return RIGHT_TO_LEFT.test(text) || text.search(INVISIBLE) >= 0;
}

/** Return whether any of this text is visible. */
export function hasVisibleText(text: string): boolean {
  return text.replace(INVISIBLE, "") !== "";
}
