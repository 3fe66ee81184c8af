import type { ReactNode } from "react";
import { Brand } from "./Brand";
import "./TopBar.css";

type Props = { home?: boolean; children?: ReactNode };

/** Above every page but the call: the mark, and what belongs to the person. */
export function TopBar({ home = false, children }: Props) {
  return (
    <header className="topbar">
      <Brand {...(!home && { href: "/" })} />
      {children}
    </header>
  );
}
