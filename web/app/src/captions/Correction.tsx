import { useMutation } from "convex/react";
import { type KeyboardEvent, useState } from "react";
import { api, codeOf, messageOf } from "../api/functions";
import type { Chunk } from "./types";

const MAX_LENGTH = 10_000;
const CONFLICT = "It was corrected by another member meanwhile. Save again to have your text instead.";

/** The text of a chunk, to correct it. */
export function Correction({ chunk, onDone }: { chunk: Chunk; onDone: () => void }) {
  const correct = useMutation(api.correctChunk);
  const [text, setText] = useState(chunk.text);
  const [fault, setFault] = useState<string | null>(null);
  const ready = text.trim() !== "";

  function save() {
    if (!ready) return;
    if (text.trim() === chunk.text) return onDone();
    correct({ chunkId: chunk._id, text, revision: chunk.revision }).then(onDone, (reason) =>
      setFault(codeOf(reason) === "CONFLICT" ? CONFLICT : messageOf(reason)),
    );
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape") {
      event.stopPropagation();
      onDone();
    }
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    save();
  }

  return (
    <form
      className="correction"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      {fault && <p role="alert">{fault}</p>}
      <textarea
        aria-label="Correct the words"
        dir="auto"
        rows={2}
        maxLength={MAX_LENGTH}
        value={text}
        // biome-ignore lint/a11y/noAutofocus: the user has asked to write here
        autoFocus
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <span className="row">
        <button type="submit" className="primary small" disabled={!ready}>
          Save
        </button>
        <button type="button" className="small" onClick={onDone}>
          Cancel
        </button>
      </span>
    </form>
  );
}
