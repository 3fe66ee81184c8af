import { type RefObject, useEffect } from "react";

/** The room that a keyboard on the screen takes at least; less is a bar of the browser. */
const KEYBOARD_PX = 120;

/**
 * Keep an element as high as what can be seen of the window. Browsers of Apple lay the keyboard over the page and
 * leave the window as high as it was; others make it smaller by themselves.
 */
export function useVisibleHeight(element: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const visible = window.visualViewport;
    if (!visible) return;
    const follow = () => {
      const covered = visible.scale === 1 && innerHeight - visible.height > KEYBOARD_PX;
      if (element.current) element.current.style.height = covered ? `${visible.height}px` : "";
    };
    visible.addEventListener("resize", follow);
    return () => visible.removeEventListener("resize", follow);
  }, [element]);
}
