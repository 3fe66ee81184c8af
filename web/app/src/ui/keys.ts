/**
 * The shortcut that a key press means. On a Latin layout it is the letter printed on the key. Where keys type another
 * script (Cyrillic, Greek, Hebrew, Arabic), it is the key at the place of the Latin letter.
 */

export type Press = Pick<
  KeyboardEvent,
  "key" | "code" | "keyCode" | "isComposing" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey" | "repeat"
> & { getModifierState?: (key: string) => boolean };

/** What input methods report in place of a key. */
const PROCESSED = 229;
const NO_KEY = new Set(["Dead", "Process", "Unidentified", "Compose"]);
const NAMED = /^[A-Z][A-Za-z0-9]+$/;
const LETTER = /\p{L}/u;
const LATIN = /\p{Script=Latin}/u;
const PLACE_OF_LETTER = /^Key([A-Z])$/;

/**
 * Return whether an input method takes this key. Safari ends a composition before reporting the key that ended it: only
 * the key code reveals that one.
 */
export function isComposing({ isComposing, keyCode }: Pick<Press, "isComposing" | "keyCode">): boolean {
  return isComposing || keyCode === PROCESSED;
}

/** Return whether keys type another script now. A key without a letter leaves that unchanged. */
export function typesOtherScript(key: string, before: boolean): boolean {
  return NAMED.test(key) || !LETTER.test(key) ? before : !LATIN.test(key);
}

/** Return the shortcut of a key press, in lower case; null if it has none. */
export function shortcutOf(press: Press, otherScript = false): string | null {
  if (isComposing(press) || press.repeat || NO_KEY.has(press.key)) return null;
  if (press.ctrlKey || press.metaKey || press.altKey || press.getModifierState?.("AltGraph")) return null;
  if (NAMED.test(press.key)) return press.key.toLowerCase();
  const key = press.key.normalize("NFKC").toLowerCase();
  if (LATIN.test(key)) return key;
  if (LETTER.test(key) || otherScript) return placed(press, key);
  return key;
}

/** By place: punctuation is on some letters' keys there, and the question mark has another shape. */
function placed({ code, shiftKey }: Press, key: string): string {
  const letter = PLACE_OF_LETTER.exec(code)?.[1];
  if (letter) return letter.toLowerCase();
  return code === "Slash" && shiftKey ? "?" : key;
}

/**
 * Hide every key that an input method takes from the page: its Enter sends nothing, its Escape closes nothing. An editor
 * needs to see them, and hides them itself.
 */
export function leaveComposingAlone(page: Pick<Window, "addEventListener"> = window): void {
  page.addEventListener(
    "keydown",
    (event) => !isEditors(event) && isComposing(event) && event.stopImmediatePropagation(),
    true,
  );
}

function isEditors({ target }: Pick<Event, "target">): boolean {
  return (target as Partial<Element> | null)?.closest?.("[data-editor]") != null;
}
