import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

type Options = {
  /** The sequence to bring into view once. */
  target: number | null;
  /** Stay at the end while it is in view. */
  sticks: boolean;
  /** Load more before or after; null when there is no more. */
  earlier: (() => void) | null;
  later: (() => void) | null;
};

/** How near the end counts as the end. */
const END_PX = 40;
/** How near an end more is loaded. */
const AHEAD_PX = 300;
const ROWS = "[data-sequence]";

type Anchor = { sequence: string; top: number };

/**
 * Keep a list of rows where it is while rows come and go before and after it: at its end while the end is in view, else
 * at the first row in view.
 */
export function useScrolling(
  scroller: RefObject<HTMLElement | null>,
  rows: unknown,
  { target, sticks, earlier, later }: Options,
): { isAtEnd: boolean; onScroll: () => void; toEnd: () => void } {
  const [isAtEnd, setAtEnd] = useState(true);
  const anchor = useRef<Anchor | null>(null);
  const atEnd = useRef(true);
  const reached = useRef(false);

  const look = useCallback(() => {
    const list = scroller.current;
    if (!list) return;
    const { scrollTop, scrollHeight, clientHeight } = list;
    atEnd.current = scrollHeight - scrollTop - clientHeight < END_PX;
    setAtEnd(atEnd.current);
    anchor.current = anchorIn(list);
    if (scrollTop < AHEAD_PX) earlier?.();
    if (scrollHeight - scrollTop - clientHeight < AHEAD_PX) later?.();
  }, [scroller, earlier, later]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: when rows have changed, the place is restored
  useLayoutEffect(() => {
    const list = scroller.current;
    if (!list || rows === null) return;
    const wanted = target === null || reached.current ? null : list.querySelector(`[data-sequence="${target}"]`);
    if (wanted instanceof HTMLElement) {
      reached.current = true;
      wanted.scrollIntoView({ block: "center" });
      wanted.focus({ preventScroll: true });
    } else if (sticks && atEnd.current) list.scrollTop = list.scrollHeight;
    else restore(list, anchor.current);
    look();
  }, [rows]);

  // A list that becomes lower keeps its end in view.
  useEffect(() => {
    const list = scroller.current;
    if (!list || !sticks) return;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) list.scrollTop = list.scrollHeight;
    });
    observer.observe(list);
    return () => observer.disconnect();
  }, [scroller, sticks]);

  // Rows that are still to come are followed as well.
  const toEnd = () => {
    atEnd.current = true;
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  };
  return { isAtEnd, onScroll: look, toEnd };
}

function anchorIn(list: HTMLElement): Anchor | null {
  const { top } = list.getBoundingClientRect();
  for (const row of list.querySelectorAll<HTMLElement>(ROWS)) {
    const box = row.getBoundingClientRect();
    if (box.bottom > top) return { sequence: row.dataset.sequence ?? "", top: box.top - top };
  }
  return null;
}

function restore(list: HTMLElement, anchor: Anchor | null): void {
  const row = anchor && list.querySelector(`[data-sequence="${anchor.sequence}"]`);
  if (!row) return;
  list.scrollTop += row.getBoundingClientRect().top - list.getBoundingClientRect().top - anchor.top;
}
