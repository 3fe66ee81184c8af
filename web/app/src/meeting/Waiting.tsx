import { useMutation, useQuery } from "convex/react";
import { useEffect } from "react";
import { api } from "../api/functions";
import { UnsavedNotes } from "../notes/UnsavedNotes";
import type { Sign } from "../ui/Icon";
import { Loading } from "../ui/Loading";
import { Message } from "../ui/Message";
import { go } from "../ui/router";

type Props = {
  meetingId: string;
  /** Enter the meeting, once a host has let this user in. */
  onMember?: () => void;
  /** Ask again to be let in. */
  onAgain?: () => void;
};

/** Waiting for a host: the page continues as soon as a host has let this user in. */
export function Waiting({ meetingId, onMember, onAgain }: Props) {
  const admission = useQuery(api.admission, { meetingId });
  const stop = useMutation(api.stopWaiting);
  const state = admission?.state;
  useEffect(() => {
    if (state !== "member") return;
    if (onMember) onMember();
    else go(`/m/${meetingId}`, true);
  }, [state, meetingId, onMember]);
  if (state === undefined || state === "member") return <Loading words="Opening the meeting …" />;
  if (state === "waiting" || state === "closed") {
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
        <p role="status">{WAITING[state]}</p>
      </Message>
    );
  }
  const { title, text, sign } = REFUSALS[state];
  return (
    <Message title={title} sign={sign} actions={state === "none" && onAgain && <TryAgain onClick={onAgain} />}>
      <p role="alert">{text}</p>
      <UnsavedNotes meetingId={meetingId} />
    </Message>
  );
}

export function TryAgain({ onClick }: { onClick: () => void }) {
  return (
    <button type="button" className="primary" onClick={onClick}>
      Try again
    </button>
  );
}

const WAITING = {
  waiting: "The hosts can see that you are here. You will join as soon as one of them lets you in.",
  closed:
    "The hosts have closed the meeting to newcomers. They still see that you are waiting, and you will join as soon as one of them lets you in.",
};

type Refusal = { title: string; text: string; sign: Sign };

/** Advice for a user who was kept out. */
const ASK_A_HOST =
  "If this was a mistake, tell a host. They can let you in again under People, in the list “Removed or turned away”. Keep this page open: it opens the meeting as soon as they do.";

const REFUSALS: Record<"turned_away" | "removed" | "none", Refusal> = {
  turned_away: { title: "A host has not let you in", text: ASK_A_HOST, sign: "leave" },
  removed: { title: "A host has removed you from this meeting", text: ASK_A_HOST, sign: "leave" },
  none: {
    title: "You are no longer waiting",
    text: "The meeting may be over. If it is not, open the invitation link again.",
    sign: "leave",
  },
};
