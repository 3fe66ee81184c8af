/** Light or dark: the system's theme, unless the user chose one. The choice stays in this browser. */

import { useSyncExternalStore } from "react";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "connvo.theme";
const CHANGED = "connvo-theme";
const BROWSER_BAR = { light: "#f5f4f0", dark: "#111516" };

/** Return the theme chosen in this browser. */
export function chosenTheme(): Theme {
  try {
    const found = localStorage.getItem(KEY);
    return THEMES.find((theme) => theme === found) ?? "system";
  } catch {
    return "system";
  }
}

/** Apply a theme to the page. */
export function applyTheme(theme: Theme): void {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  for (const bar of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const own = bar.media.includes("dark") ? "dark" : "light";
    bar.content = BROWSER_BAR[theme === "system" ? own : theme];
  }
}

/** Apply a theme to the page and remember it. */
export function chooseTheme(theme: Theme): void {
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // without storage the theme lasts until the page is closed
  }
  applyTheme(theme);
  dispatchEvent(new Event(CHANGED));
}

function subscribe(listener: () => void): () => void {
  const other = (event: StorageEvent) => {
    if (event.key !== KEY) return;
    applyTheme(chosenTheme());
    listener();
  };
  addEventListener(CHANGED, listener);
  addEventListener("storage", other);
  return () => {
    removeEventListener(CHANGED, listener);
    removeEventListener("storage", other);
  };
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, chosenTheme);
}
