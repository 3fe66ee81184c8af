/** Notes as a page of HTML that stands alone. */

import { type Block, blocksOf, type Inline, type Item } from "./blocks";

/** Return a whole page with a title and the notes. */
export function htmlPage(title: string, text: string): string {
  return `<!doctype html>
<html lang="">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.6 system-ui, sans-serif; }
pre, code { font-family: ui-monospace, monospace; background: #f1f0ec; }
pre { padding: 0.75rem; overflow-x: auto; }
blockquote { margin-inline: 0; padding-inline-start: 1rem; border-inline-start: 3px solid #999; }
table { border-collapse: collapse; }
th, td { padding: 0.25rem 0.75rem; border: 1px solid #999; text-align: start; }
li.task { list-style: none; margin-inline-start: -1.4rem; }
</style>
</head>
<body>
${htmlOf(blocksOf(text))}
</body>
</html>
`;
}

export function htmlOf(blocks: Block[]): string {
  return blocks.map(blockHtml).join("\n");
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case "heading":
      return `<h${block.level} dir="auto">${inlineHtml(block.parts)}</h${block.level}>`;
    case "paragraph":
      return `<p dir="auto">${inlineHtml(block.parts)}</p>`;
    case "list": {
      const items = block.items.map(itemHtml).join("\n");
      if (!block.ordered) return `<ul>\n${items}\n</ul>`;
      return `<ol${block.start === 1 ? "" : ` start="${block.start}"`}>\n${items}\n</ol>`;
    }
    case "quote":
      return `<blockquote>\n${htmlOf(block.blocks)}\n</blockquote>`;
    case "code":
      return `<pre><code>${escaped(block.text)}</code></pre>`;
    case "table":
      return `<table>\n${rowHtml(block.head, "th")}\n${block.rows.map((row) => rowHtml(row, "td")).join("\n")}\n</table>`;
    case "rule":
      return "<hr>";
  }
}

function itemHtml({ task, blocks }: Item): string {
  const [first, ...rest] = blocks;
  const line = first?.kind === "paragraph" ? inlineHtml(first.parts) : first ? blockHtml(first) : "";
  const box = task ? `<input type="checkbox" disabled${task.checked ? " checked" : ""}> ` : "";
  const more = rest.length > 0 ? `\n${htmlOf(rest)}\n` : "";
  return `<li dir="auto"${task ? ' class="task"' : ""}>${box}${line}${more}</li>`;
}

function rowHtml(cells: Inline[][], tag: "th" | "td"): string {
  return `<tr>${cells.map((cell) => `<${tag}>${inlineHtml(cell)}</${tag}>`).join("")}</tr>`;
}

const TAGS = { strong: "strong", emphasis: "em", strike: "s" } as const;

function inlineHtml(parts: Inline[]): string {
  return parts
    .map((part) => {
      switch (part.kind) {
        case "text":
          return escaped(part.text);
        case "break":
          return "<br>";
        case "code":
          return `<code>${escaped(part.text)}</code>`;
        case "link":
          return `<a href="${escaped(part.href)}" rel="noopener noreferrer nofollow">${inlineHtml(part.parts)}</a>`;
        default:
          return `<${TAGS[part.kind]}>${inlineHtml(part.parts)}</${TAGS[part.kind]}>`;
      }
    })
    .join("");
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
