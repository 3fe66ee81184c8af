import { useEffect, useRef, useState } from "react";
import { shortcutOf, typesOtherScript } from "./keys";

const SWITCH = "connvo.keys";
/** Where keys mean something else. */
const ELSEWHERE = "input, select, textarea, [contenteditable], [role=menu], [role=listbox], dialog";

/** Single keys that do something, but for those typed into a field or with a modifier. */
export function useHotkeys(actions: Record<string, () => void>): void {
  const current = useRef(actions);
  current.current = actions;
  useEffect(() => {
    let otherScript = false;
    const onKey = (event: KeyboardEvent) => {
      otherScript = typesOtherScript(event.key, otherScript);
      if (event.defaultPrevented || (event.target instanceof Element && event.target.closest(ELSEWHERE))) return;
      const action = current.current[shortcutOf(event, otherScript) ?? ""];
      if (!action) return;
      event.preventDefault(); // a panel that opens takes the keyboard, and the letter is not meant for it
      action();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

/** Whether single letters act on this device; they do until they are switched off. */
export function useHotkeySwitch(): [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(() => remembered() !== "off");
  const change = (wanted: boolean) => {
    remember(wanted ? "on" : "off");
    setOn(wanted);
  };
  return [on, change];
}

/** A browser that blocks site data throws at every look at its storage. */
function remembered(): string | null {
  try {
    return localStorage.getItem(SWITCH);
  } catch {
    return null;
  }
}

function remember(value: string): void {
  try {
    localStorage.setItem(SWITCH, value);
  } catch {
    // it holds until the page is loaded again
  }
}
