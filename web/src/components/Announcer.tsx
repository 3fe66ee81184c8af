import { useEffect, useRef, useState } from "react";
import { changes, type Scene } from "../changes";

/** So long a caption can be read; who has it read aloud is not affected. */
const SHOWN_MS = 8_000;

/** Says what changes in the call. */
export function Announcer({ scene }: { scene: Scene }) {
  const [said, setSaid] = useState("");
  const before = useRef(scene);
  useEffect(() => {
    const lines = changes(before.current, scene);
    before.current = scene;
    if (lines.length > 0) setSaid(lines.join(" "));
  }, [scene]);
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(""), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <p className="caption" role="status">
      {said}
    </p>
  );
}
