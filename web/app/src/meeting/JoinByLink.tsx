import { useMutation } from "convex/react";
import { useCallback, useEffect, useRef, useState } from "react";
import { detailOf } from "../api/errors";
import { api, codeOf, messageOf, reasonOf } from "../api/functions";
import { rememberInvitation } from "../members/invitation";
import type { Sign } from "../ui/Icon";
import { Loading } from "../ui/Loading";
import { Message } from "../ui/Message";
import { go } from "../ui/router";
import { TryAgain, Waiting } from "./Waiting";

/** Opens an invitation: the user becomes a participant and goes to the lobby, or waits for a host. */
export function JoinByLink({ code }: { code: string }) {
  const accept = useMutation(api.acceptLink);
  const [fault, setFault] = useState<Fault | null>(null);
  const [waitingFor, setWaitingFor] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(1);
  const asked = useRef(0);
  const again = useCallback(() => {
    setFault(null);
    setWaitingFor(null);
    setAttempt((before) => before + 1);
  }, []);
  useEffect(() => {
    if (asked.current === attempt) return;
    asked.current = attempt;
    accept({ code }).then(
      ({ meetingId, waiting }) => {
        rememberInvitation(meetingId, code);
        if (waiting) setWaitingFor(meetingId);
        else go(`/m/${meetingId}`, true);
      },
      (reason) => {
        const keptOutOf = keptOut(reason);
        if (keptOutOf) setWaitingFor(keptOutOf);
        else setFault(faultOf(reason));
      },
    );
  }, [accept, code, attempt]);
  if (waitingFor) return <Waiting meetingId={waitingFor} onAgain={again} />;
  if (!fault) return <Loading words="Opening the meeting …" />;
  return (
    <Message title={fault.title} sign={fault.sign} actions={fault.passes && <TryAgain onClick={again} />}>
      <p role="alert">{fault.text}</p>
    </Message>
  );
}

/** `passes`: the same link may work later. */
type Fault = { title: string; text: string; sign: Sign; passes: boolean };

/** Return the meeting from which a host has removed or turned away this user; a host can readmit them at any time. */
function keptOut(reason: unknown): string | null {
  const meetingId = detailOf(reason, "meetingId");
  return codeOf(reason) === "FORBIDDEN" && typeof meetingId === "string" ? meetingId : null;
}

function faultOf(reason: unknown): Fault {
  switch (codeOf(reason)) {
    case "NOT_FOUND":
      return {
        title: "This link does not work",
        text: "The meeting is over, its host has changed the link, or part of the link is missing. Ask for a new one.",
        sign: "link",
        passes: false,
      };
    case "FORBIDDEN":
      if (reasonOf(reason) !== "closed") break;
      return {
        title: "This meeting is closed to newcomers",
        text: "Ask a host to let newcomers in. Then try again.",
        sign: "leave",
        passes: true,
      };
    case "CONFLICT":
      return { title: "This meeting is full", text: messageOf(reason), sign: "people", passes: true };
  }
  return { title: "You could not join", text: messageOf(reason), sign: "alert", passes: true };
}
