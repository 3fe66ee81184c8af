import type { ReactNode } from "react";

type Props = { title: string; onClose: () => void; children: ReactNode };

/** Something to look at beside the call. */
export function SidePanel({ title, onClose, children }: Props) {
  return (
    <aside className="panel" aria-label={title}>
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
