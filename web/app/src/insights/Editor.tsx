import { type FormEvent, useEffect, useRef, useState } from "react";

type Props = { text: string; onSave: (text: string) => void; onCancel: () => void };

/** The server takes no longer text. */
const MAX_TEXT = 400;

/** A statement being edited. */
export function Editor({ text: before, onSave, onCancel }: Props) {
  const [text, setText] = useState(before);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  function save(event: FormEvent) {
    event.preventDefault();
    onSave(text.trim());
  }
  return (
    <form className="report-editor" onSubmit={save}>
      <textarea
        ref={field}
        aria-label="Text"
        rows={3}
        maxLength={MAX_TEXT}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && onCancel()}
      />
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
