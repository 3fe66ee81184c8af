import { type EditorView, WidgetType } from "@codemirror/view";

const BOX = /^(\s*(?:>\s*)*(?:[-*+]|\d+[.)])\s+)\[([ xX])\]/;

/** The checkbox of a task, in place of its three characters. */
export class Checkbox extends WidgetType {
  constructor(
    private readonly checked: boolean,
    private readonly disabled: boolean,
  ) {
    super();
  }

  override eq(other: Checkbox): boolean {
    return other.checked === this.checked && other.disabled === this.disabled;
  }

  override toDOM(): HTMLElement {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.className = "md-checkbox";
    box.checked = this.checked;
    box.disabled = this.disabled;
    box.tabIndex = -1;
    box.setAttribute("aria-label", this.checked ? "Done" : "To do");
    return box;
  }

  override ignoreEvent(event: Event): boolean {
    return event.type !== "mousedown";
  }
}

/** Check or uncheck the task at a position. Returns whether there is one on that line. */
export function toggleTask(view: EditorView, position: number): boolean {
  const line = view.state.doc.lineAt(position);
  const found = BOX.exec(line.text);
  if (!found || view.state.readOnly) return false;
  const at = line.from + (found[1] as string).length + 1;
  view.dispatch({ changes: { from: at, to: at + 1, insert: found[2] === " " ? "x" : " " }, userEvent: "input.toggle" });
  return true;
}
