import { useMutation, useQuery } from "convex/react";
import { useEffect } from "react";
import { api } from "../api";
import type { Sign } from "../components/Icon";
import { Loading } from "../components/Loading";
import { Message } from "../components/Message";
import { go } from "../router";

/** Before a door that hosts open: the page goes on by itself as soon as a host has answered. */
export function Waiting({ meetingId }: { meetingId: string }) {
  const admission = useQuery(api.admission, { meetingId });
  const stop = useMutation(api.stopWaiting);
  const state = admission?.state;
  useEffect(() => {
    if (state === "member") go(`/m/${meetingId}`, true);
  }, [state, meetingId]);
  if (state === undefined || state === "member") return <Loading words="Opening the meeting …" />;
  if (state === "waiting") {
    const giveUp = () => void stop({ meetingId }).finally(() => go("/"));
    return (
      <Message
        title="Waiting for a host to let you in"
        sign="clock"
        home={false}
        actions={
          <button type="button" onClick={giveUp}>
            Stop waiting
          </button>
        }
      >
        <p>
          <bdi>{admission?.title}</bdi>
        </p>
        <p role="status">The hosts can see that you are here. You will come in as soon as one of them lets you in.</p>
      </Message>
    );
  }
  const { title, text, sign } = state === "closed" ? SHUT : TURNED_AWAY;
  return (
    <Message title={title} sign={sign}>
      <p role="alert">{text}</p>
    </Message>
  );
}

type Refusal = { title: string; text: string; sign: Sign };

export const SHUT: Refusal = {
  title: "This meeting is closed to newcomers",
  text: "Ask a host to let you in, and open the link again.",
  sign: "leave",
};

export const TURNED_AWAY: Refusal = {
  title: "A host has not let you in",
  text: "If this was a mistake, ask the host to add you to the meeting.",
  sign: "leave",
};
