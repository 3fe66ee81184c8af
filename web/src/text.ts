/** Text of people within text of the page. The server cleans what it stores; rows from before that are drawn safely too. */

const DIRECTIONAL = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const FIRST_STRONG_ISOLATE = "\u2068";
const POP_ISOLATE = "\u2069";
/** Spaces, controls, and all that browsers draw as nothing, such as fillers and selectors. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cs}\p{Z}\u2800\ufff9-\ufffb]/gu;

/** A name or title for the middle of a sentence: whatever its direction, the words around it stay in their order. */
export function isolate(text: string): string {
  const plain = text.replace(DIRECTIONAL, "");
  return RIGHT_TO_LEFT.test(plain) ? `${FIRST_STRONG_ISOLATE}${plain}${POP_ISOLATE}` : plain;
}

/** Whether a reader would see anything of this text. */
export function hasInk(text: string): boolean {
  return text.replace(INVISIBLE, "") !== "";
}
