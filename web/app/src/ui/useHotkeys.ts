import { useEffect, useRef, useState } from "react";
import { shortcutOf, typesOtherScript } from "./keys";

const SWITCH = "connvo.keys";
/** Where keys have another meaning. */
const ELSEWHERE = "input, select, textarea, [contenteditable], [role=menu], [role=listbox], [data-editor], dialog";

/** Bind single keys to actions, except keys typed into a field or with a modifier. */
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
      event.preventDefault(); // a panel that opens takes the focus, and must not receive the letter
      action();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

/** Return whether single-key shortcuts are on for this device, and a setter. They are on by default. */
export function useHotkeySwitch(): [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(() => remembered() !== "off");
  const change = (wanted: boolean) => {
    remember(wanted ? "on" : "off");
    setOn(wanted);
  };
  return [on, change];
}

/** A browser that blocks site data throws on every access to its storage. */
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
    // the setting lasts until the page is reloaded
  }
}
