import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isComposing, leaveComposingAlone, type Press, shortcutOf, typesOtherScript } from "../src/ui/keys";

const PLAIN = {
  keyCode: 0,
  isComposing: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  repeat: false,
};
const press = (key: string, code: string, more: Partial<Press> = {}): Press => ({ ...PLAIN, key, code, ...more });
const altGraph = { getModifierState: (key: string) => key === "AltGraph" };

describe("a key press means", () => {
  test.each<[string, Press, string | null]>([
    ["English", press("m", "KeyM"), "m"],
    ["English with shift or caps lock", press("M", "KeyM", { shiftKey: true }), "m"],
    ["AZERTY, whose m is where others have a semicolon", press("m", "Semicolon"), "m"],
    ["AZERTY, a comma where others have m", press(",", "KeyM"), ","],
    ["AZERTY, q where others have a", press("q", "KeyA"), "q"],
    ["AZERTY, the question mark", press("?", "KeyM", { shiftKey: true }), "?"],
    ["Dvorak, m in its own place", press("m", "KeyM"), "m"],
    ["Dvorak, c where others have i", press("c", "KeyI"), "c"],
    ["Dvorak, an apostrophe where others have q", press("'", "KeyQ"), "'"],
    ["German, an umlaut", press("ö", "Semicolon"), "ö"],
    ["Turkish", press("ı", "KeyI"), "ı"],
    ["Russian", press("ь", "KeyM"), "m"],
    ["Russian with shift", press("Ь", "KeyM", { shiftKey: true }), "m"],
    ["Ukrainian", press("м", "KeyV"), "v"],
    ["Russian, the question mark", press("?", "Digit7", { shiftKey: true }), "?"],
    ["Greek", press("μ", "KeyM"), "m"],
    ["Hebrew", press("צ", "KeyM"), "m"],
    ["Arabic", press("ة", "KeyM"), "m"],
    ["Arabic, two letters on one key", press("لا", "KeyB"), "b"],
    ["Persian", press("ئ", "KeyM"), "m"],
    ["Hindi", press("स", "KeyM"), "m"],
    ["Thai", press("ท", "KeyM"), "m"],
    ["Georgian", press("მ", "KeyM"), "m"],
    ["Korean", press("ㅡ", "KeyM"), "m"],
    ["Japanese kana", press("も", "KeyM"), "m"],
    ["a full-width letter", press("ｍ", "KeyM"), "m"],
    ["Escape", press("Escape", "Escape"), "escape"],
    ["a function key", press("F10", "F10"), "f10"],
    ["a dead key", press("Dead", "KeyM"), null],
    ["a key of an input method", press("m", "KeyM", { isComposing: true }), null],
    ["a key of an input method in Safari", press("Enter", "Enter", { keyCode: 229 }), null],
    ["a key of an input method in Windows", press("Process", "KeyM", { keyCode: 229 }), null],
    ["a key of a phone", press("Unidentified", "", { keyCode: 229 }), null],
    ["Escape of an input method", press("Escape", "Escape", { isComposing: true }), null],
    ["AltGr in Windows", press("µ", "KeyM", { ctrlKey: true, altKey: true }), null],
    ["AltGr in Linux", press("µ", "KeyM", altGraph), null],
    ["Option", press("µ", "KeyM", { altKey: true }), null],
    ["Control", press("m", "KeyM", { ctrlKey: true }), null],
    ["Command", press("ь", "KeyM", { metaKey: true }), null],
    ["a key that is held", press("m", "KeyM", { repeat: true }), null],
  ])("%s", (_, pressed, meant) => {
    expect(shortcutOf(pressed)).toBe(meant);
  });

  test.each<[string, Press, string]>([
    ["Greek, a semicolon at the place of q", press(";", "KeyQ"), "q"],
    ["Hebrew, a slash at the place of q", press("/", "KeyQ"), "q"],
    ["Arabic, its question mark", press("؟", "Slash", { shiftKey: true }), "?"],
    ["a Latin letter all the same", press("m", "Semicolon"), "m"],
    ["a digit", press("7", "Digit7"), "7"],
  ])("where keys type another script: %s", (_, pressed, meant) => {
    expect(shortcutOf(pressed, true)).toBe(meant);
  });

  test("nothing but itself, on any Latin layout", () => {
    const letter = fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz");
    fc.assert(fc.property(letter, fc.string(), (key, code) => shortcutOf(press(key, code)) === key));
  });
});

test.each<[string, boolean, boolean]>([
  ["ш", false, true],
  ["w", true, false],
  [";", true, true],
  [";", false, false],
  ["Enter", true, true],
  ["Shift", false, false],
])("after %s, having typed another script: %s, keys do: %s", (key, before, after) => {
  expect(typesOtherScript(key, before)).toBe(after);
});

test("keys of an input method do not reach the page, all others do", () => {
  const page = new EventTarget();
  const heard: boolean[] = [];
  leaveComposingAlone(page as unknown as Window);
  page.addEventListener("keydown", (event) => heard.push(isComposing(event as KeyboardEvent)));
  for (const more of [{}, { isComposing: true }, { keyCode: 229 }]) {
    page.dispatchEvent(Object.assign(new Event("keydown"), { isComposing: false, keyCode: 13, ...more }));
  }
  expect(heard).toEqual([false]);
});
