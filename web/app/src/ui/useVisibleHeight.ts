import { type RefObject, useEffect } from "react";

/** The minimum height of an on-screen keyboard; less is a bar of the browser. */
const KEYBOARD_PX = 120;

/**
 * Keep an element as high as the visible part of the window. On iOS the keyboard covers the page and the window keeps
 * its height; other browsers shrink the window.
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
