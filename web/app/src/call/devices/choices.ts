/** The devices that a user has chosen, kept in the browser; without storage the defaults apply. */

import type { Kind, Ports } from "./ports";

export type Choices = Record<Kind | "speaker", string>;

const KEY = "connvo.devices";
const NONE: Choices = { audio: "", video: "", speaker: "" };

export function readChoices(storage: Ports["storage"]): Choices {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(KEY) ?? "{}");
    const known = Object.entries(kept ?? {}).filter(([name, id]) => name in NONE && typeof id === "string");
    return { ...NONE, ...Object.fromEntries(known) };
  } catch {
    return { ...NONE };
  }
}

export function keepChoices(storage: Ports["storage"], choices: Choices): void {
  try {
    storage?.setItem(KEY, JSON.stringify(choices));
  } catch {
    // storage is full or forbidden: the choice lasts as long as the page
  }
}
