/**
 * Markdown as a tree of blocks: what the reading view, printing and the exports show. Links lead to web addresses only,
 * and markup is text. A line of the text is a line of the page.
 */

import type { SyntaxNode } from "@lezer/common";
import { isWebAddress } from "../../chat/linkify";
import { plain } from "../../ui/text";
import { markdownParser } from "./parser";

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "break" }
  | { kind: "code"; text: string }
  | { kind: "strong" | "emphasis" | "strike"; parts: Inline[] }
  | { kind: "link"; href: string; parts: Inline[] };

/** `task`: the place of the character within its brackets. */
export type Item = { task: { checked: boolean; at: number } | null; blocks: Block[] };

export type Block =
  | { kind: "heading"; level: number; parts: Inline[] }
  | { kind: "paragraph"; parts: Inline[] }
  | { kind: "list"; ordered: boolean; start: number; items: Item[] }
  | { kind: "quote"; blocks: Block[] }
  | { kind: "code"; text: string }
  | { kind: "table"; head: Inline[][]; rows: Inline[][][] }
  | { kind: "rule" };

/** Return the blocks of a text. */
export function blocksOf(text: string): Block[] {
  return new Reader(text).blocks(markdownParser.parse(text).topNode);
}

/** Return the text of inline parts without their styles. */
export function textOf(parts: Inline[]): string {
  return parts
    .map((part) => {
      if (part.kind === "break") return "\n";
      return part.kind === "text" || part.kind === "code" ? part.text : textOf(part.parts);
    })
    .join("");
}

const HEADING = /^(?:ATX|Setext)Heading(\d)$/;
const STYLES = { StrongEmphasis: "strong", Emphasis: "emphasis", Strikethrough: "strike" } as const;
const MARKS = new Set(["HeaderMark", "EmphasisMark", "StrikethroughMark", "QuoteMark", "TaskMarker", "LinkMark"]);

class Reader {
  constructor(private readonly text: string) {}

  blocks(node: SyntaxNode): Block[] {
    return childrenOf(node).flatMap((child) => this.block(child));
  }

  private block(node: SyntaxNode): Block[] {
    const level = HEADING.exec(node.name)?.[1];
    if (level) return [{ kind: "heading", level: Number(level), parts: trimmed(this.inline(node)) }];
    switch (node.name) {
      case "Paragraph":
      case "Task":
        return [{ kind: "paragraph", parts: trimmed(this.inline(node)) }];
      case "BulletList":
      case "OrderedList":
        return [this.list(node)];
      case "Blockquote":
        return [{ kind: "quote", blocks: this.blocks(node) }];
      case "FencedCode":
      case "CodeBlock":
        return [{ kind: "code", text: this.textsOf(node, "CodeText") }];
      case "HTMLBlock":
      case "CommentBlock":
        return [{ kind: "paragraph", parts: this.lines(node.from, node.to) }];
      case "HorizontalRule":
        return [{ kind: "rule" }];
      case "Table":
        return [this.table(node)];
      default:
        return [];
    }
  }

  private list(node: SyntaxNode): Block {
    const items = node.getChildren("ListItem").map((item) => this.item(item));
    const first = node.getChild("ListItem")?.getChild("ListMark");
    const start = first ? Number.parseInt(this.slice(first.from, first.to), 10) : 1;
    return { kind: "list", ordered: node.name === "OrderedList", start: Number.isNaN(start) ? 1 : start, items };
  }

  private item(node: SyntaxNode): Item {
    const mark = node.getChild("Task")?.getChild("TaskMarker");
    const task = mark ? { checked: this.slice(mark.from + 1, mark.from + 2) !== " ", at: mark.from + 1 } : null;
    return { task, blocks: this.blocks(node) };
  }

  private table(node: SyntaxNode): Block {
    const cells = (row: SyntaxNode) => row.getChildren("TableCell").map((cell) => trimmed(this.inline(cell)));
    const head = node.getChild("TableHeader");
    return { kind: "table", head: head ? cells(head) : [], rows: node.getChildren("TableRow").map(cells) };
  }

  /** Return the parts of a node: its children, and the text between them. */
  private inline(node: SyntaxNode): Inline[] {
    const parts: Inline[] = [];
    let at = node.from;
    for (const child of childrenOf(node)) {
      parts.push(...this.lines(at, child.from), ...this.part(child));
      at = this.endOf(child);
    }
    return [...parts, ...this.lines(at, node.to)];
  }

  private part(node: SyntaxNode): Inline[] {
    if (MARKS.has(node.name)) return [];
    const style = STYLES[node.name as keyof typeof STYLES];
    if (style) return [{ kind: style, parts: this.inline(node) }];
    switch (node.name) {
      case "InlineCode": {
        const [open, close] = node.getChildren("CodeMark");
        return [{ kind: "code", text: this.slice(open?.to ?? node.from, close?.from ?? node.to) }];
      }
      case "Escape":
        return [{ kind: "text", text: this.slice(node.from + 1, node.to) }];
      case "HardBreak":
        return [{ kind: "break" }];
      case "URL":
        return [linked(this.slice(node.from, node.to), this.lines(node.from, node.to))];
      case "Autolink":
        return this.inline(node).filter((part) => part.kind !== "text" || !/^[<>]$/.test(part.text));
      case "Link":
      case "Image":
        return [this.link(node)];
      default:
        return this.lines(node.from, node.to);
    }
  }

  private link(node: SyntaxNode): Inline {
    const address = node.getChild("URL");
    const [open, close] = node.getChildren("LinkMark");
    const within = this.inline(node).slice(0);
    if (!address || !open || !close) return { kind: "text", text: this.slice(node.from, node.to) };
    const parts = this.between(node, open.to, close.from);
    return linked(this.slice(address.from, address.to), parts.length > 0 ? parts : within);
  }

  private between(node: SyntaxNode, from: number, to: number): Inline[] {
    const parts: Inline[] = [];
    let at = from;
    for (const child of childrenOf(node)) {
      if (child.from < from || child.to > to) continue;
      parts.push(...this.lines(at, child.from), ...this.part(child));
      at = this.endOf(child);
    }
    return [...parts, ...this.lines(at, to)];
  }

  /** Return where the text after a node begins: the space after a mark of a quote is part of it. */
  private endOf({ name, to }: SyntaxNode): number {
    return name === "QuoteMark" && this.text[to] === " " ? to + 1 : to;
  }

  private lines(from: number, to: number): Inline[] {
    if (from >= to) return [];
    const lines = this.slice(from, to).split("\n");
    return lines.flatMap((line, at): Inline[] => {
      const text = at > 0 ? line.replace(/^[\s>]+/, "") : line;
      const part: Inline[] = text === "" ? [] : [{ kind: "text", text }];
      return at > 0 ? [{ kind: "break" }, ...part] : part;
    });
  }

  private textsOf(node: SyntaxNode, name: string): string {
    return node
      .getChildren(name)
      .map(({ from, to }) => this.slice(from, to))
      .join("");
  }

  private slice(from: number, to: number): string {
    return plain(this.text.slice(from, to));
  }
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
  return found;
}

/** Return a link, or its text alone where the address is none of the web. */
function linked(address: string, parts: Inline[]): Inline {
  const href = /^www\./i.test(address) ? `https://${address}` : address;
  return isWebAddress(href) ? { kind: "link", href, parts } : { kind: "text", text: textOf(parts) };
}

/** Return parts without spaces and breaks at both ends. */
function trimmed(parts: Inline[]): Inline[] {
  const blank = (part: Inline | undefined) =>
    part !== undefined && (part.kind === "break" || (part.kind === "text" && part.text.trim() === ""));
  let [from, to] = [0, parts.length];
  while (from < to && blank(parts[from])) from++;
  while (to > from && blank(parts[to - 1])) to--;
  const kept = parts.slice(from, to);
  const [first, last] = [kept[0], kept.at(-1)];
  if (first?.kind === "text") kept[0] = { ...first, text: first.text.trimStart() };
  if (last?.kind === "text") {
    const end = kept.at(-1) as { kind: "text"; text: string };
    kept[kept.length - 1] = { ...end, text: end.text.trimEnd() };
  }
  return kept;
}
