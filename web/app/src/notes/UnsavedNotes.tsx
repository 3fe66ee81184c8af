import { useQuery } from "convex/react";
import { useEffect, useState } from "react";
import { api } from "../api/functions";
import { copyText } from "../ui/copyText";
import { Icon } from "../ui/Icon";
import { unsavedNotes } from "./unsaved";

/** Between two texts. */
const BETWEEN = "\n\n---\n\n";

/** Notes of a user who has lost access before they were saved: to copy them. */
export function UnsavedNotes({ meetingId }: { meetingId: string }) {
  const [own] = useState(() => unsavedNotes.get(meetingId)?.().join(BETWEEN) ?? "");
  const left = useLeft(meetingId);
  const text = own || left;
  const [copied, setCopied] = useState(false);
  if (text === "") return null;
  return (
    <div className="stack">
      <label>
        Your last changes to the notes were not saved. You can copy the text.
        <textarea readOnly rows={6} dir="auto" value={text} />
      </label>
      <div className="row">
        <button type="button" className="small" onClick={() => void copyText(text).then(setCopied)}>
          <Icon sign="copy" />
          Copy the text
        </button>
        <span role="status">{copied ? "Copied" : ""}</span>
      </div>
    </div>
  );
}

/** Return what earlier pages of this user have left on this device. */
function useLeft(meetingId: string): string {
  const userId = useQuery(api.getCurrentUser)?._id;
  const [left, setLeft] = useState("");
  useEffect(() => {
    if (userId === undefined) return;
    let wanted = true;
    void import("./pendingStore")
      .then(({ leftTexts }) => leftTexts(userId, meetingId))
      .then((texts) => wanted && setLeft(texts.join(BETWEEN)))
      .catch(() => undefined); // nothing is kept on this device
    return () => {
      wanted = false;
    };
  }, [userId, meetingId]);
  return left;
}
