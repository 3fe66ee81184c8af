import { type ReactNode, useId, useLayoutEffect, useRef } from "react";

type Props = { title: string; onClose: () => void; children: ReactNode };

/** A modal dialog. The browser keeps the focus within, and restores it afterwards. */
export function Dialog({ title, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // while it is still part of the page: only then does the browser restore the focus
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

/** Asks for confirmation of an irreversible action. */
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
