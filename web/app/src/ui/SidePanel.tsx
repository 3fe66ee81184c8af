import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import { Icon } from "./Icon";
import "./SidePanel.css";

type Props = { title: string; count?: number; className?: string; onClose: () => void; children: ReactNode };

/**
 * A panel beside the call; on a phone it covers the pictures. It takes the focus, to an element marked as first if
 * there is one, and returns it on closing.
 */
export function SidePanel({ title, count, className = "", onClose, children }: Props) {
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
    // Escape in a dialog opened from the panel closes only the dialog.
    if (event.key !== "Escape" || (event.target as Element).closest("dialog")) return;
    event.stopPropagation();
    onClose();
  }
  return (
    <aside className={`panel ${className}`} aria-label={title} ref={panel} tabIndex={-1} onKeyDown={onKeyDown}>
      <header className="panel-header">
        <h2>
          {title} {count !== undefined && <span className="muted">({count})</span>}
        </h2>
        <button
          type="button"
          className="quiet icon-button"
          onClick={onClose}
          aria-label="Close"
          title="Close (Esc)"
          aria-keyshortcuts="Escape"
        >
          <Icon sign="close" />
        </button>
      </header>
      {children}
    </aside>
  );
}
