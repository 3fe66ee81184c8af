/** Notes as text without marks, for readers that do not know Markdown. */

import { type Block, blocksOf, type Inline, type Item, textOf } from "./blocks";

export function plainText(text: string): string {
  const lines = linesOf(blocksOf(text));
  return lines.length === 0 ? "" : `${lines.join("\n").trimEnd()}\n`;
}

function linesOf(blocks: Block[]): string[] {
  return blocks.flatMap((block) => [...blockLines(block), ""]);
}

function blockLines(block: Block): string[] {
  switch (block.kind) {
    case "heading":
    case "paragraph":
      return withTargets(block.parts).split("\n");
    case "list":
      return block.items.flatMap((item, at) => itemLines(item, block.ordered ? `${block.start + at}.` : "•"));
    case "quote":
      return withoutLast(linesOf(block.blocks)).map((line) => `  ${line}`);
    case "code":
      return block.text.split("\n");
    case "table":
      return [block.head, ...block.rows].map((row) => row.map(withTargets).join("\t"));
    case "rule":
      return ["———"];
  }
}

function itemLines({ task, blocks }: Item, mark: string): string[] {
  const sign = task ? (task.checked ? "☑" : "☐") : mark;
  const lines = blocks.flatMap(blockLines);
  return (lines.length === 0 ? [""] : lines).map((line, at) => (at === 0 ? `${sign} ${line}` : `  ${line}`));
}

/** Return parts as text, each address after what links to it. */
function withTargets(parts: Inline[]): string {
  return parts
    .map((part) => {
      if (part.kind !== "link") return textOf([part]);
      const text = textOf(part.parts);
      return text === part.href ? text : `${text} (${part.href})`;
    })
    .join("");
}

function withoutLast(lines: string[]): string[] {
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
