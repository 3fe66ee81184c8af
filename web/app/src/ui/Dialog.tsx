import { type ReactNode, useId, useLayoutEffect, useRef } from "react";

type Props = { title: string; onClose: () => void; children: ReactNode };

/** Something to answer before anything else. The browser keeps the keyboard within, and gives it back afterwards. */
export function Dialog({ title, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // while it is still part of the page: only then the browser gives the keyboard back
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={heading} onCancel={onClose} onClose={onClose}>
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  );
}

type Question = { title: string; text: string; yes: string; no?: string; onYes: () => void; onClose: () => void };

/** Asks before something that cannot be undone. */
export function Confirm({ title, text, yes, no = "Cancel", onYes, onClose }: Question) {
  const confirm = () => {
    onYes();
    onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <div className="row end">
        <button type="button" onClick={onClose}>
          {no}
        </button>
        <button type="button" className="danger primary" onClick={confirm}>
          {yes}
        </button>
      </div>
    </Dialog>
  );
}
