/** Which tile is large, if any. */

export type View = "grid" | "speaker";

/** `screens` are tiles of screens shared by others, the newest last; `speaker` is the last of the others to speak. */
export type Attention = {
  present: readonly string[];
  pinned: string | null;
  screens: readonly string[];
  view: View;
  speaker: string | null;
};

/** Return the pinned tile, else the newest screen, else in the speaker view the latest speaker. */
export function spotlitOf({ present, pinned, screens, view, speaker }: Attention): string | null {
  const candidates = [pinned, screens.at(-1), view === "speaker" ? speaker : null];
  return candidates.find((id) => id != null && present.includes(id)) ?? null;
}
