import { type ReactNode, useEffect, useRef } from "react";
import { keepInView } from "./keepInView";
import { anchorOf, type Part } from "./moments";

/** A part of the page of a meeting, scrolled into view if the address leads to it. */
export function Anchor({ part, children }: { part: Part; children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (location.hash === anchorOf(part)) return keepInView(() => place.current, "start");
  }, [part]);
  return (
    <div ref={place} id={part}>
      {children}
    </div>
  );
}
