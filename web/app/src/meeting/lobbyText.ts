/** The lobby's words about the members of a meeting, and about a model that gets its transcript. */

import { isolate } from "../ui/text";

const MAX_NAMED = 3;

/** Return who is in the call, as a sentence; the caller leaves the user out. */
export function whoIsIn(names: string[]): string {
  if (names.length === 0) return "Nobody is in the call yet.";
  const named = names.slice(0, names.length > MAX_NAMED ? MAX_NAMED - 1 : MAX_NAMED);
  const others = names.length - named.length;
  const list = listOf(others > 0 ? [...named, `${others} others`] : named);
  return `${list} ${names.length === 1 ? "is" : "are"} in the call.`;
}

/** Return the hosts, as a line. */
export function hostedBy(names: string[]): string {
  return names.length === 0 ? "" : `Hosted by ${listOf(names)}`;
}

/** Return where transcripts go, as a sentence; without a model they stay on the server. */
export function transcriptsGoTo(model: string | undefined): string {
  return model === undefined
    ? ""
    : `Transcripts go to the language model ${isolate(model)}, which writes reports here.`;
}

function listOf(names: string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}
