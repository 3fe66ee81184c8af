import { useBlockedSound } from "./usePlayback";

/** The one button for the sound of everybody, where the browser plays none before a press. */
export function ClickToHear() {
  const { blocked, unblock } = useBlockedSound();
  if (!blocked) return null;
  return (
    <p className="hear" role="alert">
      The browser holds the sound back.{" "}
      <button type="button" className="primary" onClick={unblock}>
        Click to hear
      </button>
    </p>
  );
}
