import { useMutation, useQuery } from "convex/react";
import { useEffect } from "react";
import { api, nameOf } from "../api/functions";

type Props = { meetingId: string; audible: boolean; onMute: () => void };

/** A host's request to mute. The user decides; muting in any way fulfils it. */
export function MuteRequest({ meetingId, audible, onMute }: Props) {
  const request = useQuery(api.muteRequest, { meetingId });
  const acknowledge = useMutation(api.acknowledgeMute);
  const requestId = request?._id;
  useEffect(() => {
    if (requestId && !audible) void acknowledge({ meetingId, requestId }).catch(() => undefined);
  }, [requestId, audible, acknowledge, meetingId]);
  return (
    <div className={request && audible ? "wish" : ""} role="alert">
      {request && audible && (
        <>
          <p>
            <bdi>{nameOf(request.requestedBy)}</bdi> asks you to mute your microphone.
          </p>
          <span className="row">
            <button type="button" className="primary" onClick={onMute}>
              Mute me
            </button>
            <button
              type="button"
              onClick={() => void acknowledge({ meetingId, requestId: request._id }).catch(() => undefined)}
            >
              Stay unmuted
            </button>
          </span>
        </>
      )}
    </div>
  );
}
