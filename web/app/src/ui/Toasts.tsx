import { type ReactNode, useEffect, useState } from "react";
import "./Toasts.css";

/** Messages over the pictures. They move nothing, and let the pointer through where there is nothing to press. */
export function Toasts({ children }: { children: ReactNode }) {
  return <div className="toasts">{children}</div>;
}

/** One message, read aloud when it appears. The element is always present, so that screen readers follow it. */
export function Toast({ children, className = "" }: { children: ReactNode; className?: string }) {
  return (
    <p className={`toast ${className}`} role="status">
      {children}
    </p>
  );
}

/** How long a message is visible; screen readers read it to the end in any case. */
const SHOWN_MS = 8_000;

/** A message that disappears after a while. The same text is shown again when `nth` has changed. */
export function PassingToast({ text, nth, className = "" }: { text: string; nth: number; className?: string }) {
  const [shown, setShown] = useState("");
  // biome-ignore lint/correctness/useExhaustiveDependencies: `nth` makes equal texts new
  useEffect(() => {
    setShown(text);
    const timer = setTimeout(() => setShown(""), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [text, nth]);
  return <Toast className={className}>{shown}</Toast>;
}
