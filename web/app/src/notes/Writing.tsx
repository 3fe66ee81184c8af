import type { NotesSession } from "@connvo/notes";
import { useRef, useState } from "react";
import { Editor } from "./Editor";
import type { NotesEditor } from "./editor/create";
import { refusalText } from "./statusText";
import { Toolbar } from "./Toolbar";

const HINT = "Markdown. Escape, then Tab leaves the text.";

/** The editor with its buttons: a part of the page that is loaded when somebody writes. */
export default function Writing({ session, readOnly }: { session: NotesSession; readOnly: boolean }) {
  const editor = useRef<NotesEditor | null>(null);
  const [room, setRoom] = useState<number | null>(null);
  return (
    <>
      {!readOnly && <Toolbar editor={editor} />}
      {room !== null && (
        <p className="alert notes-locked" role="alert">
          {refusalText(room)}
        </p>
      )}
      <Editor session={session} readOnly={readOnly} hint={HINT} onRefused={setRoom} editor={editor} />
    </>
  );
}
