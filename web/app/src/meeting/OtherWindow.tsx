import { pageOf } from "@connvo/rtc";
import { useMutation } from "convex/react";
import { useEffect } from "react";
import { api, type Session } from "../api/functions";
import { watchPageLock } from "../call/pageLock";
import { Message } from "../ui/Message";

type Props = { meetingId: string; title: string; me: string; sessions: Session[]; onBack: () => void };

/** Replaces a call that the same user has moved to another window or device. */
export function OtherWindow({ meetingId, title, me, sessions, onBack }: Props) {
  const own = sessions.filter((one) => one.userId === me);
  const there = own.length > 0;
  useCrash(meetingId, own);
  return (
    <Message
      title={there ? "You are in this call in another window" : "The other window has left the call"}
      sign="screen"
      actions={
        <button type="button" className="primary" onClick={onBack}>
          {there ? "Move the call here" : "Rejoin here"}
        </button>
      }
    >
      <p>
        <bdi>{title}</bdi>
      </p>
      <p role="status">
        {there
          ? "This window no longer uses your camera and microphone."
          : "You are no longer in the call. You can rejoin in this window."}
      </p>
    </Message>
  );
}

/** Detect the crash of another window: it sends nothing, so this window reports to the server that it is gone. */
function useCrash(meetingId: string, own: Session[]) {
  const leave = useMutation(api.leaveCall);
  const ids = own.map(({ sessionId }) => sessionId);
  const newest = ids.at(-1);
  const page = newest === undefined ? undefined : pageOf(newest);
  const sessionIds = JSON.stringify(ids.filter((id) => pageOf(id) === page));
  useEffect(() => {
    if (page === undefined) return;
    const over = new AbortController();
    const tell = () => void leave({ meetingId, sessionIds: JSON.parse(sessionIds) as string[] }).catch(() => undefined);
    void watchPageLock(page, tell, over.signal);
    return () => over.abort();
  }, [leave, meetingId, page, sessionIds]);
}
