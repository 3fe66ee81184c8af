import { type FormEvent, useEffect, useRef, useState } from "react";
import { type Attendee, nameOf } from "../api/functions";
import { plain } from "../ui/text";
import type { ItemChange, ReportItem } from "./types";

type Props = {
  item: ReportItem;
  /** Who may own it; only an action has an owner and a day. */
  owners: Attendee[] | null;
  onSave: (change: ItemChange) => void;
  onCancel: () => void;
};

/** The server takes no longer text. */
const MAX_TEXT = 400;
const NOBODY = "";

/** A statement being edited. */
export function Editor({ item, owners, onSave, onCancel }: Props) {
  const before = { text: plain(item.text), ownerId: item.ownerId ?? NOBODY, dueOn: item.dueOn ?? "" };
  const [text, setText] = useState(before.text);
  const [ownerId, setOwner] = useState(before.ownerId);
  const [dueOn, setDueOn] = useState(before.dueOn);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  function save(event: FormEvent) {
    event.preventDefault();
    // What stays as it was is not sent: somebody else may have changed it meanwhile.
    onSave({
      ...(text.trim() !== before.text && { text: text.trim() }),
      ...(ownerId !== before.ownerId && { ownerId: ownerId || null }),
      ...(dueOn !== before.dueOn && { dueOn: dueOn || null }),
    });
  }
  return (
    <form
      className="report-editor"
      onSubmit={save}
      onKeyDown={(event) => {
        if (event.key === "Escape") onCancel();
      }}
    >
      <textarea
        ref={field}
        aria-label="Text"
        rows={3}
        maxLength={MAX_TEXT}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {owners && (
        <div className="report-owner">
          <label>
            Owner
            <select value={ownerId} onChange={(event) => setOwner(event.target.value)}>
              <option value={NOBODY}>Nobody</option>
              {owners.map((one) => (
                <option key={one.userId} value={one.userId}>
                  {nameOf(one.user)}
                </option>
              ))}
            </select>
          </label>
          <label>
            By
            <input type="date" value={dueOn} onChange={(event) => setDueOn(event.target.value)} />
          </label>
        </div>
      )}
      <div className="row">
        <button type="submit" className="primary small" disabled={text.trim() === ""}>
          Save
        </button>
        <button type="button" className="small" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}
