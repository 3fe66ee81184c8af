import { useEffect, useRef, useState } from "react";
import { PassingToast } from "../ui/Toasts";
import { announcements, type CallSnapshot } from "./announcements";

/** Announces changes in the call. A panel that opens removes the message, which would cover it. */
export function Announcer({ snapshot, panel }: { snapshot: CallSnapshot; panel: string | null }) {
  const [said, setSaid] = useState({ text: "", nth: 0 });
  const before = useRef(snapshot);
  useEffect(() => {
    const lines = announcements(before.current, snapshot);
    before.current = snapshot;
    if (lines.length > 0) setSaid(({ nth }) => ({ text: lines.join(" "), nth: nth + 1 }));
  }, [snapshot]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the change of the panel counts
  useEffect(() => setSaid(({ nth }) => ({ text: "", nth: nth + 1 })), [panel]);
  return <PassingToast text={said.text} nth={said.nth} className="news" />;
}
