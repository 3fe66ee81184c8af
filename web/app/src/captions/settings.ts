/** How this device shows captions. */

import { useSyncExternalStore } from "react";

export const SIZES = ["S", "M", "L", "XL"] as const;
export type Size = (typeof SIZES)[number];
/** `shown`: captions are on the screen; `strong`: in stronger contrast; `aloud`: screen readers read new lines. */
export type Settings = { shown: boolean; size: Size; strong: boolean; aloud: boolean };

const KEY = "connvo.captions";
const CHANGED = "connvo.captions-changed";
const DEFAULT: Settings = { shown: true, size: "M", strong: false, aloud: false };

let current: Settings | null = null;

export function captionSettings(): Settings {
  current ??= settingsFrom(stored());
  return current;
}

/** Return settings from what was stored; what this page does not know has its default. */
export function settingsFrom(text: string | null): Settings {
  try {
    const { shown, size, strong, aloud } = JSON.parse(text ?? "{}") as Partial<Record<keyof Settings, unknown>>;
    return {
      shown: shown !== false,
      size: SIZES.find((one) => one === size) ?? DEFAULT.size,
      strong: strong === true,
      aloud: aloud === true,
    };
  } catch {
    return DEFAULT;
  }
}

/** Change some settings, and keep them on this device. */
export function changeSettings(some: Partial<Settings>): void {
  current = { ...captionSettings(), ...some };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // without storage they last until the page is closed
  }
  dispatchEvent(new Event(CHANGED));
}

/** A browser that blocks site data throws on every access to its storage. */
function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function subscribe(listener: () => void): () => void {
  addEventListener(CHANGED, listener);
  return () => removeEventListener(CHANGED, listener);
}

export function useCaptionSettings(): Settings {
  return useSyncExternalStore(subscribe, captionSettings);
}
