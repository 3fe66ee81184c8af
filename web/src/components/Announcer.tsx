import { useEffect, useRef, useState } from "react";
import { changes, type Scene } from "../changes";
import { PassingToast } from "./Toasts";

/** Says what changes in the call. */
export function Announcer({ scene }: { scene: Scene }) {
  const [said, setSaid] = useState({ text: "", nth: 0 });
  const before = useRef(scene);
  useEffect(() => {
    const lines = changes(before.current, scene);
    before.current = scene;
    if (lines.length > 0) setSaid(({ nth }) => ({ text: lines.join(" "), nth: nth + 1 }));
  }, [scene]);
  return <PassingToast text={said.text} nth={said.nth} className="news" />;
}
