import type { ReactNode } from "react";
import { Icon, type Sign } from "./Icon";
import { TopBar } from "./TopBar";
import { usePageTitle } from "./usePageTitle";
import "./Message.css";

type Props = {
  title: string;
  sign?: Sign;
  /** Whether to show the way to the user's meetings. */
  home?: boolean;
  children: ReactNode;
  actions?: ReactNode;
};

/** A page with one message and next steps. */
export function Message({ title, sign = "info", home = true, children, actions }: Props) {
  usePageTitle(title);
  return (
    <>
      <TopBar home={!home} />
      <main className="narrow card message">
        <Icon sign={sign} />
        <h1>{title}</h1>
        {children}
        {(actions || home) && (
          <div className="row">
            {actions}
            {home && (
              <a className={actions ? "button" : "button primary"} href="/">
                My meetings
              </a>
            )}
          </div>
        )}
      </main>
    </>
  );
}
