import { useMutation } from "convex/react";
import { useEffect, useRef, useState } from "react";
import { api, codeOf, messageOf, reasonOf } from "../api";
import type { Sign } from "../components/Icon";
import { Loading } from "../components/Loading";
import { Message } from "../components/Message";
import { rememberInvitation } from "../invitation";
import { go } from "../router";
import { SHUT, TURNED_AWAY, Waiting } from "./Waiting";

/** Somebody opened an invitation: they become a participant and go to the lobby, or wait until a host lets them in. */
export function AfterLink({ code }: { code: string }) {
  const accept = useMutation(api.acceptLink);
  const [fault, setFault] = useState<Fault | null>(null);
  const [waitingFor, setWaitingFor] = useState<string | null>(null);
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    accept({ code }).then(
      ({ meetingId, waiting }) => {
        rememberInvitation(meetingId, code);
        if (waiting) setWaitingFor(meetingId);
        else go(`/m/${meetingId}`, true);
      },
      (reason) => setFault(faultOf(reason)),
    );
  }, [accept, code]);
  if (waitingFor) return <Waiting meetingId={waitingFor} />;
  if (!fault) return <Loading words="Opening the meeting …" />;
  return (
    <Message title={fault.title} sign={fault.sign}>
      <p role="alert">{fault.text}</p>
    </Message>
  );
}

type Fault = { title: string; text: string; sign: Sign };

function faultOf(reason: unknown): Fault {
  switch (codeOf(reason)) {
    case "NOT_FOUND":
      return {
        title: "This link does not work",
        text: "The meeting is over, its host has changed the link, or part of the link is missing. Ask for a new one.",
        sign: "link",
      };
    case "FORBIDDEN":
      if (reasonOf(reason) === "closed") return SHUT;
      if (reasonOf(reason) === "turned_away") return TURNED_AWAY;
      return {
        title: "A host has removed you from this meeting",
        text: "If this was a mistake, ask the host to invite you again.",
        sign: "leave",
      };
    case "CONFLICT":
      return { title: "This meeting is full", text: messageOf(reason), sign: "people" };
    default:
      return { title: "You could not be let in", text: messageOf(reason), sign: "alert" };
  }
}
