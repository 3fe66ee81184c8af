import { UnfitOperation } from "../errors";
import { endOf, type Operation } from "./change";
import { cutsPair } from "./pairs";

/** Return a text after an operation. Throws UnfitOperation if it goes beyond the end, or cuts a surrogate pair. */
export function apply(text: string, operation: Operation): string {
  let made = "";
  let at = 0;
  for (const change of operation) {
    const end = endOf(change);
    if (end > text.length)
      throw new UnfitOperation(`the text has ${text.length} units; the operation reaches to ${end}`);
    if (cutsPair(text, change.position) || cutsPair(text, end)) throw new UnfitOperation("it cuts a surrogate pair");
    made += text.slice(at, change.position) + change.content;
    at = end;
  }
  return made + text.slice(at);
}
