import type { NotesSession } from "@connvo/notes";
import { type RefObject, useEffect, useRef } from "react";
import { TOUCH } from "../ui/useMatches";
import { createEditor, type NotesEditor } from "./editor/create";

type Props = {
  session: NotesSession;
  readOnly: boolean;
  /** How to leave the editor by keyboard, for screen readers. */
  hint: string;
  /** An edit does not fit, and how many characters do; or, with null, an edit does. Does not change. */
  onRefused: (room: number | null) => void;
  /** Receives the editor while it exists. */
  editor: RefObject<NotesEditor | null>;
};

/** The text to write in. The session must be open. */
export function Editor({ session, readOnly, hint, onRefused, editor }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const first = useRef(readOnly);
  useEffect(() => {
    if (!host.current) return;
    const made = createEditor(host.current, session, { readOnly: first.current, hint, onRefused });
    editor.current = made;
    if (!first.current) session.select(0, 0);
    if (!first.current && !matchMedia(TOUCH).matches) made.view.focus();
    return () => {
      editor.current = null;
      made.view.destroy();
      session.deselect();
    };
  }, [session, hint, onRefused, editor]);
  useEffect(() => editor.current?.setReadOnly(readOnly), [readOnly, editor]);
  return <div ref={host} className="notes-editor" data-editor />;
}
