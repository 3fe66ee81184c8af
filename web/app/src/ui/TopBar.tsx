import type { ReactNode } from "react";
import { Brand } from "./Brand";
import "./TopBar.css";

type Props = { home?: boolean; children?: ReactNode };

/** The top of every page but the call: the mark, and the account. */
export function TopBar({ home = false, children }: Props) {
  return (
    <header className="topbar">
      <Brand {...(!home && { href: "/" })} />
      {children}
    </header>
  );
}
