import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";

type Props = { title: string; className?: string; onClose: () => void; children: ReactNode };

/**
 * Something to look at beside the call. The keyboard goes along: into the panel, to what is marked as first if
 * anything, and back to where it was when the panel closes.
 */
export function SidePanel({ title, className = "", onClose, children }: Props) {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    (panel.current?.querySelector<HTMLElement>("[data-first]") ?? panel.current)?.focus();
    return () => {
      const free = !document.activeElement || document.activeElement === document.body;
      if (free && before instanceof HTMLElement) before.focus();
    };
  }, []);
  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onClose();
  }
  return (
    <aside className={`panel ${className}`} aria-label={title} ref={panel} tabIndex={-1} onKeyDown={onKeyDown}>
      <header className="bar">
        <h2>{title}</h2>
        <button type="button" className="quiet" onClick={onClose} aria-keyshortcuts="Escape">
          Close
        </button>
      </header>
      {children}
    </aside>
  );
}
