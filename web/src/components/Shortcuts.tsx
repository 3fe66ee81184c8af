import { Dialog } from "./Dialog";

type Props = { on: boolean; onSwitch: (on: boolean) => void; onClose: () => void };

const KEYS = [
  ["M", "Mute or unmute"],
  ["V", "Camera on or off"],
  ["S", "Share the screen, or stop"],
  ["C", "Chat"],
  ["P", "People"],
  ["Q", "Quality of the connections"],
  ["?", "This list"],
  ["Esc", "Close what is open"],
] as const;

/** Which keys do what, and whether they do: who speaks to a computer may not want single keys to act. */
export function Shortcuts({ on, onSwitch, onClose }: Props) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <dl className="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p className="muted">In the chat, Enter sends and Shift+Enter begins a new line.</p>
      <label className="check">
        <input type="checkbox" checked={on} onChange={(event) => onSwitch(event.target.checked)} />
        Single letters act
      </label>
      <div className="row end">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
