import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Icon, type Sign } from "./Icon";
import "./Menu.css";

const GAP_PX = 6;
const EDGE_PX = 8;

type Props = {
  /** The accessible name of the button. */
  label: string;
  /** Shown in the button; the menu opens at its edge. */
  button: ReactNode;
  className?: string;
  children: ReactNode;
};

/**
 * A button with a menu. The browser keeps the menu on top and closes it on Escape or a press outside; arrow keys move
 * through it.
 */
export function Menu({ label, button, className = "quiet icon-button", children }: Props) {
  const id = useId();
  const opener = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (!open || !menu.current) return;
    const follow = () => menu.current && opener.current && place(menu.current, opener.current);
    const observer = new ResizeObserver(follow);
    observer.observe(menu.current);
    addEventListener("resize", follow);
    return () => {
      observer.disconnect();
      removeEventListener("resize", follow);
    };
  }, [open]);

  function onToggle() {
    const shown = menu.current?.matches(":popover-open") ?? false;
    setOpen(shown);
    if (!shown || !menu.current || !opener.current) return;
    place(menu.current, opener.current);
    itemsOf(menu.current)[0]?.focus({ preventScroll: true });
  }

  function onKeyDown(event: KeyboardEvent) {
    // The menu consumes its keys: Escape does not close a panel around it, and letters are no shortcuts.
    event.stopPropagation();
    if (event.key === "Escape") return;
    if (event.key === "Tab") return menu.current?.hidePopover();
    const items = menu.current ? itemsOf(menu.current) : [];
    const next = nextOf(event.key, items.indexOf(document.activeElement as HTMLElement), items.length);
    if (next === null) return;
    event.preventDefault();
    items[next]?.focus();
  }

  return (
    <>
      <button
        ref={opener}
        type="button"
        className={className}
        title={label}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        popoverTarget={id}
      >
        {button}
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        role="menu"
        tabIndex={-1}
        aria-label={label}
        className="menu"
        onToggle={onToggle}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const item = (event.target as Element).closest("[role^=menuitem]");
          if (item && !item.hasAttribute("data-stays")) menu.current?.hidePopover();
        }}
      >
        {children}
      </div>
    </>
  );
}

type ItemProps = { sign?: Sign; danger?: boolean; onClick: () => void; children: ReactNode };

/** An action. */
export function MenuItem({ sign, danger, onClick, children }: ItemProps) {
  return (
    <button type="button" role="menuitem" tabIndex={-1} className={danger ? "danger" : undefined} onClick={onClick}>
      {sign && <Icon sign={sign} />}
      <span>{children}</span>
    </button>
  );
}

type LinkProps = { sign?: Sign; href: string; download?: string; apart?: boolean; children: ReactNode };

/** A link; `apart` opens a new tab. */
export function MenuLink({ sign, href, download, apart, children }: LinkProps) {
  const elsewhere = apart ? { target: "_blank", rel: "noopener" } : {};
  return (
    <a role="menuitem" tabIndex={-1} href={href} download={download} {...elsewhere}>
      {sign && <Icon sign={sign} />}
      <span>{children}</span>
    </a>
  );
}

type ChoiceProps = { sign?: Sign; chosen: boolean; onClick: () => void; children: ReactNode };

/** One of several options. The menu stays open, so that the choice is seen. */
export function MenuChoice({ sign, chosen, onClick, children }: ChoiceProps) {
  return (
    <button type="button" role="menuitemradio" aria-checked={chosen} tabIndex={-1} data-stays onClick={onClick}>
      {sign && <Icon sign={sign} />}
      <span>{children}</span>
      {chosen && <Icon sign="check" />}
    </button>
  );
}

/** A named group of items. */
export function MenuGroup({ label, children }: { label: string; children: ReactNode }) {
  const id = useId();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is not allowed in a menu
    <div role="group" aria-labelledby={id}>
      <p id={id} className="menu-label">
        {label}
      </p>
      {children}
    </div>
  );
}

function itemsOf(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>("[role^=menuitem]:not(:disabled)")];
}

/** Return the index that a key leads to, or null for other keys. */
export function nextOf(key: string, at: number, count: number): number | null {
  if (count === 0) return null;
  switch (key) {
    case "ArrowDown":
      return (at + 1) % count;
    case "ArrowUp":
      return (Math.max(at, 0) - 1 + count) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}

/** Place the menu below its button, or above where there is no room, and within the window. */
function place(menu: HTMLElement, opener: HTMLElement): void {
  const button = opener.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = button.bottom + GAP_PX;
  const top = below + height > innerHeight - EDGE_PX ? Math.max(EDGE_PX, button.top - GAP_PX - height) : below;
  const start = getComputedStyle(menu).direction === "rtl" ? button.left : button.right - width;
  menu.style.top = `${top}px`;
  menu.style.left = `${Math.max(EDGE_PX, Math.min(start, innerWidth - width - EDGE_PX))}px`;
}
