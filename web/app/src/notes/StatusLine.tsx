import type { NotesSession, Status } from "@connvo/notes";
import { useEffect, useRef, useState } from "react";
import { copyText } from "../ui/copyText";
import { Icon } from "../ui/Icon";
import { announcement, type StatusText, statusText } from "./statusText";
import { useAccess, useStatus } from "./useNotes";

/** Between two texts that were not saved. */
const BETWEEN = "\n\n---\n\n";

/** Whether everything is saved; if not, why, and the text to copy. */
export function StatusLine({ session }: { session: NotesSession }) {
  const status = useStatus(session);
  const text = statusText(status, useAccess(session));
  const said = useSaid(status.state, text);
  return (
    <footer className="notes-status" data-tone={text.tone}>
      <p>
        <Icon sign={text.sign} />
        <span>
          <strong>{text.title}</strong>
          {text.words && <> {text.words}</>}
        </span>
      </p>
      {status.state === "refused" && session.unsavedTexts.length > 0 && <Copy session={session} />}
      <p role="status" className="sr-only">
        {said}
      </p>
    </footer>
  );
}

function useSaid(state: Status["state"], text: StatusText): string {
  const [said, setSaid] = useState("");
  const before = useRef(state);
  useEffect(() => {
    // Sending comes between every two others.
    if (state === "saving" || before.current === state) return;
    const words = announcement(before.current, text, state);
    before.current = state;
    if (words !== null) setSaid(words);
  }, [state, text]);
  return said;
}

function Copy({ session }: { session: NotesSession }) {
  const [copied, setCopied] = useState<boolean | null>(null);
  return (
    <span className="row">
      <button
        type="button"
        className="small"
        onClick={() => void copyText(session.unsavedTexts.join(BETWEEN)).then(setCopied)}
      >
        <Icon sign="copy" />
        Copy the text
      </button>
      <span role="status">{copied === null ? "" : copied ? "Copied" : "Your browser does not allow copying."}</span>
    </span>
  );
}
