/**
 * The looks of the editor. It lives in a shadow root, because it makes its own style sheets, which the policy of the
 * page allows only there. The colours are those of the page.
 */

import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

export const theme: Extension = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", fontSize: "var(--size-m)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--font)",
    lineHeight: "1.6",
    overflow: "auto",
    overscrollBehavior: "contain",
  },
  ".cm-content": { padding: "var(--space-3) 0 var(--space-6)", caretColor: "var(--accent)" },
  ".cm-line": { padding: "0 var(--space-4)", unicodeBidi: "plaintext" },
  ".cm-placeholder": { color: "var(--muted)", whiteSpace: "pre-wrap" },
  ".md-mark, .md-url": { color: "var(--muted)", fontWeight: "400" },
  ".md-list-mark": { color: "var(--accent)", fontWeight: "600" },
  ".md-h1": { fontSize: "1.5em", fontWeight: "700", lineHeight: "1.3", paddingTop: "0.4em" },
  ".md-h2": { fontSize: "1.25em", fontWeight: "700", lineHeight: "1.35", paddingTop: "0.4em" },
  ".md-h3": { fontSize: "1.05em", fontWeight: "700", paddingTop: "0.2em" },
  ".md-strong": { fontWeight: "700" },
  ".md-emphasis": { fontStyle: "italic" },
  ".md-strike, .md-done": { textDecoration: "line-through", textDecorationColor: "var(--muted)" },
  ".md-done": { color: "var(--muted)" },
  ".md-link": { color: "var(--accent)" },
  ".md-code, .md-block, .md-table": { fontFamily: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" },
  ".md-code": { background: "var(--raised)", borderRadius: "4px", padding: "1px 3px", fontSize: "0.9em" },
  ".md-block, .md-table": { background: "var(--raised)", fontSize: "0.9em" },
  ".md-quote": { boxShadow: "inset 3px 0 var(--line-strong)", color: "var(--muted)" },
  ".md-checkbox": {
    width: "1.15em",
    height: "1.15em",
    margin: "0 0.15em 0 0",
    verticalAlign: "-0.2em",
    accentColor: "var(--accent)",
    cursor: "pointer",
  },
  ".md-checkbox:disabled": { cursor: "default" },
  ".who-caret": {
    position: "relative",
    display: "inline-block",
    width: "0",
    height: "1.2em",
    verticalAlign: "text-bottom",
    borderInlineStart: "2px solid var(--who-shown)",
    marginInline: "-1px",
    pointerEvents: "none",
    "--who-shown": "light-dark(var(--who), color-mix(in srgb, var(--who) 50%, white))",
  },
  // Generated content: it is not copied, and no part of the text.
  ".who-name::before": { content: "attr(data-name)" },
  ".who-name": {
    position: "absolute",
    insetInlineStart: "-2px",
    bottom: "100%",
    zIndex: "5",
    maxWidth: "12em",
    overflow: "hidden",
    textOverflow: "ellipsis",
    whiteSpace: "nowrap",
    padding: "1px 6px",
    borderRadius: "4px 4px 4px 0",
    background: "var(--who)",
    color: "#fff",
    font: "600 11px/1.4 var(--font)",
    opacity: "0",
    animation: "who-name 2.5s",
  },
  // The first line has no room above it.
  ".cm-line:first-child .who-name": { bottom: "auto", top: "100%", borderRadius: "0 4px 4px 4px" },
  "@keyframes who-name": { "0%, 80%": { opacity: "1" }, "100%": { opacity: "0" } },
  ".who-selection": { background: "color-mix(in srgb, var(--who) 28%, transparent)" },
  "@media (forced-colors: active)": {
    ".who-caret": { borderInlineStartColor: "Highlight" },
    ".who-name": { border: "1px solid" },
  },
});
