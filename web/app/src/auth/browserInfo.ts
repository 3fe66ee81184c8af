/** The browser and system of this page, in a fixed vocabulary by which users recognise their own. */

export type BrowserName = "chrome" | "edge" | "firefox" | "opera" | "safari" | "other";
export type SystemName = "android" | "chromeos" | "ios" | "linux" | "macos" | "windows" | "other";
export type Device = { browser: BrowserName; system: SystemName };

/** The first match counts: browsers also name those they want to be taken for. */
const BROWSERS: readonly (readonly [RegExp, BrowserName])[] = [
  [/\bEdg(e|A|iOS)?\//, "edge"],
  [/\b(OPR|Opera|OPT)\//, "opera"],
  [/\b(Firefox|FxiOS)\//, "firefox"],
  [/\b(Chrome|Chromium|CriOS|HeadlessChrome)\//, "chrome"],
  [/\bSafari\//, "safari"],
];
const SYSTEMS: readonly (readonly [RegExp, SystemName])[] = [
  [/\bAndroid\b/, "android"],
  [/\b(iPhone|iPad|iPod)\b/, "ios"],
  [/\bCrOS\b/, "chromeos"],
  [/\bWindows\b/, "windows"],
  [/\bMac OS X\b/, "macos"],
  [/\b(Linux|X11)\b/, "linux"],
];
const BROWSER_WORDS: Record<BrowserName, string> = {
  chrome: "Chrome",
  edge: "Edge",
  firefox: "Firefox",
  opera: "Opera",
  safari: "Safari",
  other: "A browser",
};
const SYSTEM_WORDS: Record<SystemName, string> = {
  android: "Android",
  chromeos: "ChromeOS",
  ios: "iOS",
  linux: "Linux",
  macos: "macOS",
  windows: "Windows",
  other: "another system",
};

export function deviceOf(userAgent: string): Device {
  return {
    browser: BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? "other",
    system: SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? "other",
  };
}

/** Return "Firefox on Linux"; a sign-in without a described browser belongs to a program. */
export function deviceInWords({ browser, system }: Partial<Device>): string {
  if (!browser) return "A program";
  return system ? `${BROWSER_WORDS[browser]} on ${SYSTEM_WORDS[system]}` : BROWSER_WORDS[browser];
}
