import type { NotesSession } from "@connvo/notes";
import { useRef } from "react";
import { Editor } from "./Editor";
import type { NotesEditor } from "./editor/create";
import { Toolbar } from "./Toolbar";

const HINT = "Markdown. Escape, then Tab leaves the text.";

/** The editor with its buttons: a part of the page that is loaded when somebody writes. */
export default function Writing({ session, readOnly }: { session: NotesSession; readOnly: boolean }) {
  const editor = useRef<NotesEditor | null>(null);
  return (
    <>
      {!readOnly && <Toolbar editor={editor} />}
      <Editor session={session} readOnly={readOnly} hint={HINT} editor={editor} />
    </>
  );
}
