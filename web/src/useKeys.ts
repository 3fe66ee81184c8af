import { useEffect, useRef, useState } from "react";

const SWITCH = "connvo.keys";
/** Where keys mean something else. */
const ELSEWHERE = "input, select, textarea, [contenteditable], dialog";

/** Single keys that do something, but for those typed into a field or with a modifier. */
export function useKeys(actions: Record<string, () => void>): void {
  const current = useRef(actions);
  current.current = actions;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (target.closest(ELSEWHERE)) return;
      const action = current.current[event.key.toLowerCase()];
      if (!action) return;
      event.preventDefault(); // a panel that opens takes the keyboard, and the letter is not meant for it
      action();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

/** Whether single letters act on this device; they do until somebody switches them off. */
export function useKeySwitch(): [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(() => localStorage.getItem(SWITCH) !== "off");
  const change = (wanted: boolean) => {
    localStorage.setItem(SWITCH, wanted ? "on" : "off");
    setOn(wanted);
  };
  return [on, change];
}
