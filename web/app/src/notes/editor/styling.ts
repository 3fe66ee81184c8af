/** Markdown styled in place: headings are large, marks are pale, and `- [ ]` is a checkbox. */

import { syntaxTree } from "@codemirror/language";
import { type EditorState, type Extension, type Range, RangeSet } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import type { SyntaxNodeRef } from "@lezer/common";
import { Checkbox, toggleTask } from "./checkbox";

/** Styles of text, by the name of its node. */
const INLINE: Record<string, string> = {
  StrongEmphasis: "md-strong",
  Emphasis: "md-emphasis",
  Strikethrough: "md-strike",
  InlineCode: "md-code",
  Link: "md-link",
  URL: "md-url",
  HeaderMark: "md-mark",
  EmphasisMark: "md-mark",
  StrikethroughMark: "md-mark",
  CodeMark: "md-mark",
  CodeInfo: "md-mark",
  LinkMark: "md-mark",
  QuoteMark: "md-mark",
  ListMark: "md-list-mark",
  TableDelimiter: "md-mark",
  HorizontalRule: "md-mark",
};

/** Styles of whole lines. */
const LINES: Record<string, string> = {
  ATXHeading1: "md-h1",
  ATXHeading2: "md-h2",
  ATXHeading3: "md-h3",
  ATXHeading4: "md-h3",
  ATXHeading5: "md-h3",
  ATXHeading6: "md-h3",
  Blockquote: "md-quote",
  FencedCode: "md-block",
  CodeBlock: "md-block",
  Table: "md-table",
};

const inline = new Map(Object.entries(INLINE).map(([name, style]) => [name, Decoration.mark({ class: style })]));
const lines = new Map(Object.entries(LINES).map(([name, style]) => [name, Decoration.line({ class: style })]));
const done = Decoration.mark({ class: "md-done" });

export const styling: Extension = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    checkboxes: DecorationSet = RangeSet.empty;

    constructor(view: EditorView) {
      this.decorations = this.made(view);
    }

    update(update: ViewUpdate): void {
      const parsed = syntaxTree(update.startState) !== syntaxTree(update.state);
      const editable = update.startState.readOnly !== update.state.readOnly;
      if (update.docChanged || update.viewportChanged || parsed || editable) this.decorations = this.made(update.view);
    }

    private made(view: EditorView): DecorationSet {
      const found: Range<Decoration>[] = [];
      const boxes: Range<Decoration>[] = [];
      for (const { from, to } of view.visibleRanges) {
        const enter = (node: SyntaxNodeRef) => decorate(view.state, node, to, found, boxes);
        syntaxTree(view.state).iterate({ from, to, enter });
      }
      this.checkboxes = Decoration.set(boxes, true);
      return Decoration.set([...found, ...boxes], true);
    }
  },
  {
    decorations: (plugin) => plugin.decorations,
    provide: (plugin) => EditorView.atomicRanges.of((view) => view.plugin(plugin)?.checkboxes ?? RangeSet.empty),
    eventHandlers: {
      mousedown: (event, view) => {
        const box = event.target instanceof Element && event.target.closest(".md-checkbox");
        if (!box) return false;
        event.preventDefault();
        toggleTask(view, view.posAtDOM(box));
        return true;
      },
    },
  },
);

/** Decorate a node, as far as `until`: more is not in view. */
function decorate(
  state: EditorState,
  node: SyntaxNodeRef,
  until: number,
  found: Range<Decoration>[],
  boxes: Range<Decoration>[],
): void {
  const line = lines.get(node.name);
  if (line) {
    for (let at = state.doc.lineAt(node.from); ; at = state.doc.line(at.number + 1)) {
      found.push(line.range(at.from));
      if (at.to >= Math.min(node.to, until) || at.number === state.doc.lines) break;
    }
  }
  const style = inline.get(node.name);
  if (style && node.to > node.from) found.push(style.range(node.from, node.to));
  if (node.name === "TaskMarker") {
    const checked = state.sliceDoc(node.from, node.to).toLowerCase() === "[x]";
    boxes.push(Decoration.replace({ widget: new Checkbox(checked, state.readOnly) }).range(node.from, node.to));
    const end = state.doc.lineAt(node.to).to;
    if (checked && end > node.to) found.push(done.range(node.to, end));
  }
}
