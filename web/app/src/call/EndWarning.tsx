import { useMutation, useQuery } from "convex/react";
import { useEffect, useState } from "react";
import { api, messageOf } from "../api/functions";
import { length } from "../ui/time";

/** A warning before the maximum duration ends the meeting; a host can extend it. */
export function EndWarning({ meetingId }: { meetingId: string }) {
  const end = useQuery(api.meetingEnd, { meetingId });
  const extend = useMutation(api.extendMeeting);
  const [fault, setFault] = useState<string | null>(null);
  const now = useNow();
  const { endsAt, warnAt, canExtend } = end ?? {};
  const near = endsAt !== undefined && warnAt !== undefined && now >= warnAt;
  return (
    <div className={near ? "wish" : ""} role="status">
      {near && (
        <>
          <p>This meeting ends in {length(Math.max(0, endsAt - now))}, when it reaches its maximum length.</p>
          {canExtend && (
            <button
              type="button"
              className="primary"
              onClick={() => void extend({ meetingId }).catch((reason) => setFault(messageOf(reason)))}
            >
              Extend it
            </button>
          )}
          {fault && <p role="alert">{fault}</p>}
        </>
      )}
    </div>
  );
}

const CHECK_EVERY_MS = 10_000;

/** Return the time, updated now and then. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), CHECK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
