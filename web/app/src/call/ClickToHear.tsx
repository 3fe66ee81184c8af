import { useBlockedSound } from "./usePlayback";
import "./ClickToHear.css";

/** The one button to play all sound, where the browser requires a press first. */
export function ClickToHear() {
  const { blocked, unblock } = useBlockedSound();
  if (!blocked) return null;
  return (
    <p className="hear" role="alert">
      The browser is blocking sound.{" "}
      <button type="button" className="primary" onClick={unblock}>
        Click to hear
      </button>
    </p>
  );
}
