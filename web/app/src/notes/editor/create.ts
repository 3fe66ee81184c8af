/** The editor of notes. */

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import type { NotesSession } from "@connvo/notes";
import { isComposing } from "../../ui/keys";
import { continueList, emphasise, indentItem, outdentItem, toggleTaskHere } from "./commands";
import { othersCursors } from "./cursors";
import { markdown } from "./language";
import { bounded } from "./room";
import { styling } from "./styling";
import { joined } from "./sync";
import { theme } from "./theme";

const EMPTY_TEXT =
  "Agenda, decisions, to-dos: everyone in the meeting reads along.\n\nType - [ ] for a task and ## for a heading.";

/** A second Escape within this time means the panel. */
const ESCAPE_TWICE_MS = 2_000;

/** `hint` is how to leave the editor by keyboard; `onRefused` is called as `say` of `bounded` is. */
export type EditorOptions = { readOnly: boolean; hint: string; onRefused: (room: number | null) => void };

export type NotesEditor = { view: EditorView; setReadOnly: (readOnly: boolean) => void };

/** Create the editor of a session within an element, which gets a shadow root. */
export function createEditor(
  host: HTMLElement,
  session: NotesSession,
  { readOnly, hint, onRefused }: EditorOptions,
): NotesEditor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  root.replaceChildren();
  session.release();
  const access = new Compartment();
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: session.text ?? "",
      extensions: [
        EditorState.lineSeparator.of("\n"),
        joined(session),
        bounded(onRefused),
        history(),
        keymap.of([
          { key: "Enter", run: continueList },
          { key: "Tab", run: indentItem },
          { key: "Shift-Tab", run: outdentItem },
          { key: "Mod-b", run: emphasise("**") },
          { key: "Mod-i", run: emphasise("*") },
          { key: "Mod-Enter", run: toggleTaskHere },
          ...historyKeymap,
          ...defaultKeymap,
        ]),
        markdown,
        styling,
        othersCursors(session),
        theme,
        placeholder(EMPTY_TEXT),
        EditorView.lineWrapping,
        EditorView.perLineTextDirection.of(true),
        EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, "\n")),
        EditorView.contentAttributes.of({
          "aria-label": "Notes",
          "aria-description": hint,
          spellcheck: "true",
          autocorrect: "on",
          autocapitalize: "sentences",
        }),
        ownKeys,
        access.of(permitted(readOnly)),
      ],
    }),
  });
  return {
    view,
    setReadOnly: (value) => view.dispatch({ effects: access.reconfigure(permitted(value)) }),
  };
}

/** A read-only text can still be selected, and read with the keyboard. */
function permitted(readOnly: boolean): Extension {
  return [EditorState.readOnly.of(readOnly), EditorView.contentAttributes.of({ "aria-readonly": String(readOnly) })];
}

let escapedAt = Number.NEGATIVE_INFINITY;

/** The keys of the editor are its own: outside, letters are shortcuts, and Escape closes the panel. */
const ownKeys = EditorView.domEventHandlers({
  keydown: (event) => {
    const second = event.timeStamp - escapedAt < ESCAPE_TWICE_MS;
    if (event.key === "Escape" && !isComposing(event)) {
      escapedAt = second ? Number.NEGATIVE_INFINITY : event.timeStamp;
      if (second) return false;
    }
    event.stopPropagation();
    return false;
  },
});
