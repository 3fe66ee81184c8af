import { useMutation } from "convex/react";
import { useState } from "react";
import { api, messageOf } from "../api/functions";
import { Dialog } from "../ui/Dialog";

type Target = { userId?: string; messageId?: string; meetingId?: string };
type Props = { title: string; target: Target; onSent: () => void; onClose: () => void };

const MAX_CHARACTERS = 1_000;

/** Reports a user, a message or a meeting to the operators of this server. */
export function Report({ title, target, onSent, onClose }: Props) {
  const send = useMutation(api.report);
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);

  async function submit() {
    setBusy(true);
    try {
      await send({ text, ...target });
      onSent();
      onClose();
    } catch (reason) {
      setFault(messageOf(reason));
      setBusy(false);
    }
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <p>The people who run this server will read it. Nobody else is told.</p>
        <label>
          What happened?
          <textarea
            rows={4}
            dir="auto"
            required
            maxLength={MAX_CHARACTERS}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        {fault && <p role="alert">{fault}</p>}
        <div className="row end">
          <button type="button" onClick={onClose}>
            Not now
          </button>
          <button type="submit" className="primary" disabled={busy || text.trim() === ""}>
            Send the report
          </button>
        </div>
      </form>
    </Dialog>
  );
}
