import { useEffect } from "react";
import { createPortal } from "react-dom";
import { Reading } from "./Reading";

/** Prints the notes, and nothing else of the page, once it is shown. */
export function Printing({ title, text, onDone }: { title: string; text: string; onDone: () => void }) {
  useEffect(() => {
    document.documentElement.dataset.printing = "notes";
    addEventListener("afterprint", onDone);
    const timer = setTimeout(() => print());
    return () => {
      clearTimeout(timer);
      removeEventListener("afterprint", onDone);
      delete document.documentElement.dataset.printing;
    };
  }, [onDone]);
  return createPortal(
    <div className="printed">
      <h1 dir="auto">{title}</h1>
      <Reading text={text} />
    </div>,
    document.body,
  );
}
