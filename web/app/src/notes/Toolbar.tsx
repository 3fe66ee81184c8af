import { redo, undo } from "@codemirror/commands";
import type { Command } from "@codemirror/view";
import { type RefObject, useRef } from "react";
import { Icon, type Sign } from "../ui/Icon";
import { useRoving } from "../ui/useRoving";
import { emphasise, toggleChecklist, toggleHeading, toggleList } from "./editor/commands";
import type { NotesEditor } from "./editor/create";

type Tool = { sign: Sign; label: string; run: Command };

const TOOLS: Tool[] = [
  { sign: "heading", label: "Heading", run: toggleHeading },
  { sign: "bold", label: "Bold", run: emphasise("**") },
  { sign: "list", label: "List", run: toggleList },
  { sign: "checklist", label: "Checklist", run: toggleChecklist },
  { sign: "undo", label: "Undo", run: undo },
  { sign: "redo", label: "Redo", run: redo },
];

/** Buttons for those who do not know Markdown, and for phones. */
export function Toolbar({ editor }: { editor: RefObject<NotesEditor | null> }) {
  const bar = useRef<HTMLDivElement>(null);
  const onKeyDown = useRoving(bar);
  const press = (run: Command) => {
    const view = editor.current?.view;
    if (!view) return;
    run(view);
    view.focus();
  };
  return (
    <div className="notes-tools" role="toolbar" aria-label="Format" ref={bar} onKeyDown={onKeyDown}>
      {TOOLS.map(({ sign, label, run }) => (
        <button
          key={label}
          type="button"
          className="quiet icon-button small"
          title={label}
          aria-label={label}
          data-roving
          // The selection in the text stays, and so does the keyboard of a phone.
          onPointerDown={(event) => event.preventDefault()}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => press(run)}
        >
          <Icon sign={sign} />
        </button>
      ))}
    </div>
  );
}
