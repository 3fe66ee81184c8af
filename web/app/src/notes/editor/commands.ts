/** What keys and buttons do to Markdown: emphasis, headings, lists, and lists that go on with Enter. */

import { type ChangeSpec, EditorSelection, type StateCommand } from "@codemirror/state";
import type { Command } from "@codemirror/view";
import { toggleTask } from "./checkbox";

const ITEM = /^(\s*(?:>\s?)*)([-*+]|\d{1,9}[.)])(\s+)(\[[ xX]\]\s?)?/;
const HEADING = /^(#{1,6})\s+/;
const INDENT = "  ";

/** Put a mark around each selection, or take it away. */
export function emphasise(mark: string): StateCommand {
  return ({ state, dispatch }) => {
    if (state.readOnly) return false;
    const size = mark.length;
    const changed = state.changeByRange((range) => {
      const around = [state.sliceDoc(range.from - size, range.from), state.sliceDoc(range.to, range.to + size)];
      if (around.every((text) => text === mark)) {
        const changes = [
          { from: range.from - size, to: range.from },
          { from: range.to, to: range.to + size },
        ];
        return { changes, range: EditorSelection.range(range.anchor - size, range.head - size) };
      }
      const changes = [
        { from: range.from, insert: mark },
        { from: range.to, insert: mark },
      ];
      return { changes, range: EditorSelection.range(range.anchor + size, range.head + size) };
    });
    dispatch(state.update(changed, { userEvent: "input", scrollIntoView: true }));
    return true;
  };
}

/** Begin the selected lines with a mark, in place of the one that they have; if all have it, take it away. */
function beginLines(mark: string, has: (line: string) => string | null, is: (mark: string) => boolean): StateCommand {
  return ({ state, dispatch }) => {
    if (state.readOnly) return false;
    const { from, to } = state.selection.main;
    const numbers = [state.doc.lineAt(from).number, state.doc.lineAt(to).number] as const;
    const lines = Array.from({ length: numbers[1] - numbers[0] + 1 }, (_, at) => state.doc.line(numbers[0] + at));
    const wanted = lines.length === 1 ? lines : lines.filter(({ text }) => text.trim() !== "");
    const all = wanted.every(({ text }) => is(has(text) ?? ""));
    const changes: ChangeSpec[] = wanted.map(({ from: start, text }) => {
      const indent = /^\s*/.exec(text)?.[0].length ?? 0;
      const old = has(text)?.trimStart().length ?? 0;
      return { from: start + indent, to: start + indent + old, insert: all ? "" : mark };
    });
    dispatch(state.update({ changes, userEvent: "input", scrollIntoView: true }));
    return true;
  };
}

const itemOf = (line: string) => ITEM.exec(line)?.[0] ?? null;
const headingOf = (line: string) => HEADING.exec(line)?.[0] ?? null;

export const toggleHeading = beginLines("## ", headingOf, (mark) => mark === "## ");
export const toggleList = beginLines("- ", itemOf, (mark) => mark.trimStart() === "- ");
export const toggleChecklist = beginLines("- [ ] ", itemOf, (mark) => mark.includes("["));

/** Continue a list on the next line, or end it on an empty item. */
export const continueList: StateCommand = ({ state, dispatch }) => {
  const { main } = state.selection;
  const line = state.doc.lineAt(main.head);
  const found = ITEM.exec(line.text);
  if (!main.empty || !found || state.readOnly || main.head < line.from + found[0].length) return false;
  const [whole, indent = "", mark = "", space = " ", box] = found;
  if (line.text.trim() === whole.trim()) {
    const start = line.from + indent.length;
    dispatch(state.update({ changes: { from: start, to: line.to }, userEvent: "delete", scrollIntoView: true }));
    return true;
  }
  const next = /\d/.test(mark) ? `${Number.parseInt(mark, 10) + 1}${mark.at(-1)}` : mark;
  const insert = `\n${indent}${next}${space}${box ? "[ ] " : ""}`;
  const selection = { anchor: main.head + insert.length };
  dispatch(state.update({ changes: { from: main.head, insert }, selection, userEvent: "input", scrollIntoView: true }));
  return true;
};

/** Move the items of the selection in or out. On other lines Tab keeps its meaning: it leaves the editor. */
function indentItems(out: boolean): StateCommand {
  return ({ state, dispatch }) => {
    const { from, to } = state.selection.main;
    const changes: ChangeSpec[] = [];
    for (let at = state.doc.lineAt(from); ; at = state.doc.line(at.number + 1)) {
      if (ITEM.test(at.text)) {
        if (!out) changes.push({ from: at.from, insert: INDENT });
        else if (at.text.startsWith(INDENT)) changes.push({ from: at.from, to: at.from + INDENT.length });
      }
      if (at.to >= to || at.number === state.doc.lines) break;
    }
    if (changes.length === 0 || state.readOnly) return false;
    dispatch(state.update({ changes, userEvent: "input.indent" }));
    return true;
  };
}

export const indentItem = indentItems(false);
export const outdentItem = indentItems(true);

export const toggleTaskHere: Command = (view) => toggleTask(view, view.state.selection.main.head);
