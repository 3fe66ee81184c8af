import { useMutation } from "convex/react";
import { useState } from "react";
import { api, messageOf } from "../api/functions";
import { Dialog } from "../ui/Dialog";

type Props = { meetingId: string; onClose: () => void };

/** Offers to delete all that the user has said in a meeting. */
export function DeleteOwnWords({ meetingId, onClose }: Props) {
  const remove = useMutation(api.deleteOwnWords);
  const [fault, setFault] = useState<string | null>(null);
  return (
    <Dialog title="Delete your words?" onClose={onClose}>
      <p>All that you have said in this meeting until now is deleted from its transcript. This cannot be undone.</p>
      {fault && <p role="alert">{fault}</p>}
      <div className="row end">
        <button type="button" onClick={onClose}>
          Leave them
        </button>
        <button
          type="button"
          className="danger primary"
          onClick={() => void remove({ meetingId }).then(onClose, (reason) => setFault(messageOf(reason)))}
        >
          Delete my words
        </button>
      </div>
    </Dialog>
  );
}
