import { Fragment, type ReactNode, useMemo } from "react";
import { type Block, blocksOf, type Inline, type Item } from "./markdown/blocks";

type Toggle = (at: number, checked: boolean) => void;

/** Notes to read: with headings, lists and checkboxes. `onToggle` checks a task at its place; without it none can be. */
export function Reading({ text, onToggle }: { text: string; onToggle?: Toggle | undefined }) {
  const blocks = useMemo(() => blocksOf(text), [text]);
  return <div className="reading">{shown(blocks, onToggle)}</div>;
}

function shown(blocks: Block[], onToggle: Toggle | undefined): ReactNode {
  // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no name but their place
  return blocks.map((block, place) => <Fragment key={place}>{one(block, onToggle)}</Fragment>);
}

/** Below the heading of the panel, which has level 2. */
const TOP_LEVEL = 2;

function one(block: Block, onToggle: Toggle | undefined): ReactNode {
  switch (block.kind) {
    case "heading": {
      const Heading = `h${Math.min(block.level + TOP_LEVEL, 6)}` as "h3";
      return (
        <Heading data-level={block.level} dir="auto">
          {inline(block.parts)}
        </Heading>
      );
    }
    case "paragraph":
      return <p dir="auto">{inline(block.parts)}</p>;
    case "list":
      return block.ordered ? (
        <ol start={block.start}>{items(block.items, onToggle)}</ol>
      ) : (
        <ul>{items(block.items, onToggle)}</ul>
      );
    case "quote":
      return <blockquote>{shown(block.blocks, onToggle)}</blockquote>;
    case "code":
      return (
        <pre>
          <code>{block.text}</code>
        </pre>
      );
    case "table":
      return <Table {...block} />;
    case "rule":
      return <hr />;
  }
}

function items(all: Item[], onToggle: Toggle | undefined): ReactNode {
  return all.map(({ task, blocks }, place) => {
    const [first, ...rest] = blocks;
    const line = first?.kind === "paragraph" ? inline(first.parts) : first && one(first, onToggle);
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: items have no name but their place
      <li key={place} dir="auto" className={task ? "task" : undefined}>
        {task ? (
          <label>
            <input
              type="checkbox"
              checked={task.checked}
              disabled={!onToggle}
              onChange={(event) => onToggle?.(task.at, event.target.checked)}
            />
            <span data-done={task.checked || undefined}>{line}</span>
          </label>
        ) : (
          line
        )}
        {shown(rest, onToggle)}
      </li>
    );
  });
}

function Table({ head, rows }: { head: Inline[][]; rows: Inline[][][] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content has to be reachable by keyboard
    <section className="scrolls" tabIndex={0} aria-label="Table">
      <table>
        <thead>
          <tr>
            {head.map((cell, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells have no name but their place
              <th key={place}>{inline(cell)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name but their place
            <tr key={place}>
              {row.map((cell, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: cells have no name but their place
                <td key={at}>{inline(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function inline(parts: Inline[]): ReactNode {
  // biome-ignore lint/suspicious/noArrayIndexKey: parts have no name but their place
  return parts.map((part, place) => <Fragment key={place}>{piece(part)}</Fragment>);
}

function piece(part: Inline): ReactNode {
  switch (part.kind) {
    case "text":
      return part.text;
    case "break":
      return <br />;
    case "code":
      return <code>{part.text}</code>;
    case "strong":
      return <strong>{inline(part.parts)}</strong>;
    case "emphasis":
      return <em>{inline(part.parts)}</em>;
    case "strike":
      return <s>{inline(part.parts)}</s>;
    case "link":
      return (
        <a href={part.href} target="_blank" rel="noopener noreferrer nofollow">
          {inline(part.parts)}
        </a>
      );
  }
}
