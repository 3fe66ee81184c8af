import { Icon, type Sign } from "../ui/Icon";

const MAX_SHOWN = 99;

type Props = {
  sign: Sign;
  label: string;
  /** The key of the same action. */
  letter?: string;
  on?: boolean;
  off?: boolean;
  leaves?: boolean;
  /** For a button that opens something: whether it is open. */
  open?: boolean;
  badge?: number;
  onClick: () => void;
};

/** A button of the call: an icon, with its name below where there is room. */
export function Control({ sign, label, letter, on, off, leaves, open, badge = 0, onClick }: Props) {
  return (
    <button
      type="button"
      className="control"
      data-on={on || open || undefined}
      data-off={off || undefined}
      data-leaves={leaves || undefined}
      aria-keyshortcuts={letter}
      aria-expanded={open}
      title={letter ? `${label} (${letter.toUpperCase()})` : label}
      onClick={onClick}
    >
      <ControlFace sign={sign} label={label} />
      {badge > 0 && (
        <span className="badge">
          {badge > MAX_SHOWN ? `${MAX_SHOWN}+` : badge}
          <span className="sr-only"> unread</span>
        </span>
      )}
    </button>
  );
}

/** The face of a button of the call. */
export function ControlFace({ sign, label }: { sign: Sign; label: string }) {
  return (
    <>
      <span className="control-face">
        <Icon sign={sign} />
      </span>
      <span className="control-label">{label}</span>
    </>
  );
}
