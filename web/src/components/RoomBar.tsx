import type { Scene } from "../changes";
import { Announcer } from "./Announcer";

type Props = { title: string; recording: boolean; scene: Scene; onHelp: () => void };

/** Above the call: which one it is, what has just changed in it, and the list of keys. */
export function RoomBar({ title, recording, scene, onHelp }: Props) {
  return (
    <header className="roombar">
      <h1>
        <bdi>{title}</bdi>
      </h1>
      {recording && <span className="tag recording">Recording</span>}
      <Announcer scene={scene} />
      <button type="button" className="quiet small help" onClick={onHelp}>
        <span aria-hidden="true">?</span>
        <span className="sr-only">Keyboard shortcuts</span>
      </button>
    </header>
  );
}
