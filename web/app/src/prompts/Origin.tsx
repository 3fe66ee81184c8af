import type { Prompt } from "../api/functions";

const SUGGESTION = "suggestion";

/** Says of a prompt that a language model wrote it. */
export function Origin({ prompt }: { prompt: Prompt }) {
  if (prompt.tags[0] !== SUGGESTION) return null;
  return <small className="muted prompt-origin">Suggested by a language model</small>;
}
