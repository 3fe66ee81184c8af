import { Dialog } from "./Dialog";
import "./Shortcuts.css";

type Props = { on: boolean; onSwitch: (on: boolean) => void; onClose: () => void };

const KEYS = [
  ["M", "Mute or unmute"],
  ["V", "Camera on or off"],
  ["S", "Share your screen, or stop"],
  ["C", "Chat"],
  ["P", "People"],
  ["N", "Notes"],
  ["T", "Show captions, or hide them"],
  ["Q", "Connection quality"],
  ["F", "Full screen"],
  ["?", "This list"],
  ["Esc", "Close a panel"],
] as const;

/** The list of shortcuts, and a switch: with speech input, single keys may act unintentionally. */
export function Shortcuts({ on, onSwitch, onClose }: Props) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <dl className="keys">
        {KEYS.map(([key, action]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{action}</dd>
          </div>
        ))}
      </dl>
      <p className="muted">
        In the chat, Enter sends and Shift+Enter begins a new line. Arrow keys go from picture to picture and through
        menus.
      </p>
      <label className="check">
        <input type="checkbox" checked={on} onChange={(event) => onSwitch(event.target.checked)} />
        Use single-key shortcuts
      </label>
      <div className="row end">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
