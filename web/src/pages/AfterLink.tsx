import { useMutation } from "convex/react";
import { useEffect, useRef, useState } from "react";
import { api, codeOf, messageOf } from "../api";
import { go } from "../router";

/** Somebody opened an invitation: they become a participant and go to the lobby. */
export function AfterLink({ code }: { code: string }) {
  const accept = useMutation(api.acceptLink);
  const [fault, setFault] = useState<string | null>(null);
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    accept({ code }).then(
      ({ meetingId }) => go(`/m/${meetingId}`, true),
      (reason) => setFault(wordsFor(reason)),
    );
  }, [accept, code]);
  return (
    <main className="narrow card">
      <h1>{fault ? "This link does not work" : "One moment …"}</h1>
      {fault ? <p role="alert">{fault}</p> : <p className="muted">You are being let in.</p>}
      <a className="button" href="/">
        My meetings
      </a>
    </main>
  );
}

function wordsFor(reason: unknown): string {
  if (codeOf(reason) === "NOT_FOUND")
    return "The meeting is over, or its host has withdrawn the link. Ask for a new one.";
  return messageOf(reason);
}
