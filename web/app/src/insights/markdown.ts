/** A report as Markdown. Words of the call stay text: nothing in it becomes a link, a heading or a tag. */

import { elapsed } from "../ui/time";
import { dayOf, HEADINGS, madeBy, percent } from "./reportText";
import { PARTS, type Report, type ReportItem } from "./types";

export type Naming = { title: string; zeroMs: number; nameOf: (userId: string) => string };

/** Characters with a meaning anywhere in a line. */
const INLINE = /[\\`*_{}[\]<>|~&]/g;
/** What begins a heading, list, quote, rule or code at the start of a line. */
const BLOCK = /^(\s*)([#+\-=>]|\d+[.)])/;
/** Bare addresses become links in many viewers. */
const ADDRESS = /\b(https?|ftp|mailto):/gi;
const WWW = /\bwww\./gi;

/** Return text of users as Markdown that shows exactly this text, on one line. */
export function escaped(text: string): string {
  const line = text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  const inert = line.replace(INLINE, "\\$&").replace(ADDRESS, "$1\\:").replace(WWW, "www\\.").replaceAll("@", "\\@");
  return inert.replace(BLOCK, (_all, space: string, mark: string) => `${space}${guarded(mark)}`);
}

/** Return the report of a meeting as a Markdown text. */
export function reportMarkdown(report: Report, naming: Naming): string {
  const sections = PARTS.filter((part) => report[part].length > 0).map((part) =>
    [`## ${HEADINGS[part]}`, report[part].map((item) => line(item, part === "actions", naming)).join("\n")].join(
      "\n\n",
    ),
  );
  const spoke = report.speaking.map(({ userId, share }) => `- ${escaped(naming.nameOf(userId))}: ${percent(share)}`);
  if (spoke.length > 0) sections.push(`## Speaking time\n\n${spoke.join("\n")}`);
  return `${[`# ${escaped(naming.title)}`, escaped(madeBy(report.source)), ...sections].join("\n\n")}\n`;
}

function line(item: ReportItem, isAction: boolean, { zeroMs, nameOf }: Naming): string {
  const facts = [
    item.ownerId && nameOf(item.ownerId),
    item.askedBy && `asked by ${nameOf(item.askedBy)}`,
    item.dueOn ? `by ${dayOf(item.dueOn)}` : item.dueWords,
    item.cites[0] && elapsed(Math.max(0, item.cites[0].startMs - zeroMs)),
  ].filter((one): one is string => Boolean(one));
  const box = isAction ? `[${item.done ? "x" : " "}] ` : "";
  const tail = facts.length > 0 ? ` (${facts.map(escaped).join(", ")})` : "";
  return `- ${box}${escaped(item.text)}${tail}`;
}

function guarded(mark: string): string {
  return /^\d/.test(mark) ? `${mark.slice(0, -1)}\\${mark.slice(-1)}` : `\\${mark}`;
}
