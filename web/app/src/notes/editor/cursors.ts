/** The carets and selections of others, with their names. Screen readers hear of them elsewhere. */

import { type Extension, type Range, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, WidgetType } from "@codemirror/view";
import type { Cursor, NotesSession } from "@connvo/notes";
import { nameOf } from "../../api/functions";
import { personColor } from "../../members/person";

/** `moves` counts the moves of the caret, each of which shows the name for a moment. */
type Shown = Cursor & { moves: number };

const setCursors = StateEffect.define<Cursor[]>();

const field = StateField.define<Shown[]>({
  create: () => [],
  update: (before, transaction) => {
    let shown = before;
    if (transaction.docChanged) {
      const moved = (at: number) => transaction.changes.mapPos(Math.min(at, transaction.startState.doc.length), -1);
      shown = shown.map((one) => ({ ...one, anchor: moved(one.anchor), head: moved(one.head) }));
    }
    for (const effect of transaction.effects) {
      if (effect.is(setCursors)) shown = merged(shown, effect.value, transaction.newDoc.length);
    }
    return shown;
  },
  provide: (self) => EditorView.decorations.from(self, decorated),
});

/** Show the cursors that a session knows. */
export function othersCursors(session: NotesSession): Extension {
  const plugin = ViewPlugin.define((view) => {
    const show = (cursors: Cursor[]) => view.dispatch({ effects: setCursors.of(cursors) });
    // The view cannot be updated while it is made.
    const first = setTimeout(() => show(session.shownCursors));
    const stop = session.on("cursors", show);
    return {
      destroy: () => {
        clearTimeout(first);
        stop();
      },
    };
  });
  return [field, plugin];
}

function merged(before: Shown[], cursors: Cursor[], length: number): Shown[] {
  return cursors.map((cursor) => {
    const known = before.find(({ clientId }) => clientId === cursor.clientId);
    const [anchor, head] = [Math.min(cursor.anchor, length), Math.min(cursor.head, length)];
    const moves = known === undefined || known.head !== head ? (known?.moves ?? 0) + 1 : known.moves;
    return { ...cursor, anchor, head, moves };
  });
}

function decorated(cursors: Shown[]): DecorationSet {
  const ranges = cursors.flatMap(({ user, anchor, head, moves }): Range<Decoration>[] => {
    const color = personColor(user._id);
    const caret = Decoration.widget({ widget: new Caret(nameOf(user), color, moves), side: 1 }).range(head);
    if (anchor === head) return [caret];
    const attributes = { style: `--who: ${color}` };
    const mark = Decoration.mark({ class: "who-selection", attributes });
    return [mark.range(Math.min(anchor, head), Math.max(anchor, head)), caret];
  });
  return Decoration.set(ranges, true);
}

class Caret extends WidgetType {
  constructor(
    private readonly name: string,
    private readonly color: string,
    private readonly moves: number,
  ) {
    super();
  }

  override eq(other: Caret): boolean {
    return other.name === this.name && other.color === this.color && other.moves === this.moves;
  }

  override toDOM(view: EditorView): HTMLElement {
    const caret = document.createElement("span");
    caret.className = "who-caret";
    caret.setAttribute("aria-hidden", "true");
    caret.style.setProperty("--who", this.color);
    const label = document.createElement("span");
    label.className = "who-name";
    label.dataset.name = this.name;
    caret.append(label);
    view.requestMeasure({
      read: () => overhang(label, view.scrollDOM),
      write: (shift) => label.style.setProperty("translate", `${shift}px`),
    });
    return caret;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

/** Return how far a name has to move to be seen whole: it begins at its caret, which may be at the end of a line. */
function overhang(label: HTMLElement, frame: HTMLElement): number {
  const [name, around] = [label.getBoundingClientRect(), frame.getBoundingClientRect()];
  return Math.max(around.left - name.left, Math.min(0, around.right - name.right));
}
