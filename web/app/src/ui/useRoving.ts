import { type KeyboardEvent, type RefObject, useEffect } from "react";

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * Make the elements marked with `data-roving` one Tab stop; arrow keys move through them. Returns the key handler for
 * their container.
 */
export function useRoving(container: RefObject<HTMLElement | null>): (event: KeyboardEvent) => void {
  useEffect(() => {
    const items = itemsOf(container.current);
    const stop = items.find((item) => item === document.activeElement) ?? items.find((item) => item.tabIndex === 0);
    visit(items, stop ?? items[0]);
  });
  return (event) => {
    const step = STEPS[event.key];
    const items = itemsOf(container.current);
    const at = items.indexOf(document.activeElement as HTMLElement);
    if (step === undefined || at < 0) return;
    event.preventDefault();
    const next = items[(at + step + items.length) % items.length];
    visit(items, next);
    next?.focus();
  };
}

function visit(items: HTMLElement[], stop: HTMLElement | undefined): void {
  for (const item of items) item.tabIndex = item === stop ? 0 : -1;
}

function itemsOf(container: HTMLElement | null): HTMLElement[] {
  const all = [...(container?.querySelectorAll<HTMLElement>("[data-roving]") ?? [])];
  return all.filter((item) => item.closest("[data-away]") === null);
}
