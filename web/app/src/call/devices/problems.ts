/** Reasons why a device cannot be used, in words that say what to do. */

import type { Kind } from "./ports";

export type Problem =
  | "refused"
  | "refusedBySystem"
  | "forbidden"
  | "missing"
  | "unplugged"
  | "busy"
  | "unfit"
  | "hidden"
  | "insecure"
  | "unsupported"
  | "interrupted"
  | "unstable"
  | "failed";

export const ASKING = "Waiting for your permission: answer the browser's prompt.";
/** Problems that end when a device is plugged in. */
export const ABSENT: readonly Problem[] = ["missing", "unplugged"];

const NAMES: Record<Kind, string> = { audio: "microphone", video: "camera" };
const WORDS: Record<Problem, (device: string) => string> = {
  refused: (device) =>
    `The browser does not let this page use the ${device}. Allow it next to the page's address, then turn it on.`,
  refusedBySystem: (device) =>
    `The system does not let the browser use the ${device}. Allow it in the privacy settings of this device.`,
  forbidden: (device) => `The settings of this browser forbid the ${device}.`,
  missing: (device) => `No ${device} was found. Plug one in or choose another one.`,
  unplugged: (device) => `Your ${device} was unplugged. Plug it in again or choose another one.`,
  busy: (device) =>
    `The ${device} is in use by another program, or does not answer. Close the other program or choose another ${device}.`,
  unfit: (device) => `This ${device} cannot be used for calls. Choose another one.`,
  hidden: (device) => `The ${device} opens only while this page is in front. Turn it on again.`,
  insecure: (device) => `The ${device} works only at an address that begins with https.`,
  unsupported: (device) => `This browser does not let pages use the ${device}. Use another browser.`,
  interrupted: (device) => `Your system has interrupted the ${device}. It resumes when the interruption ends.`,
  unstable: (device) => `The ${device} keeps stopping. Plug it in again or choose another one.`,
  failed: (device) => `The ${device} could not be opened. Turn it on again or choose another one.`,
};

export function wordsFor(kind: Kind, problem: Problem): string {
  return WORDS[problem](NAMES[kind]);
}

/** Return the message for a lost device that another one has replaced. */
export function replacedBy(kind: Kind, label: string): string {
  return `Your ${NAMES[kind]} was unplugged. In use now: ${label || `another ${NAMES[kind]}`}.`;
}

const BY_NAME: Record<string, Problem> = {
  NotAllowedError: "refused",
  SecurityError: "forbidden",
  NotFoundError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
  OverconstrainedError: "unfit",
  InvalidStateError: "hidden",
};

/** Return the problem behind an error of `getUserMedia`. */
export function problemOf(error: unknown): Problem {
  if (isRefusedBySystem(error)) return "refusedBySystem";
  return BY_NAME[nameOf(error)] ?? "failed";
}

/** Return the message for an error of `getDisplayMedia`, or null if the user only closed the picker. */
export function screenWordsFor(error: unknown): string | null {
  if (isRefusedBySystem(error)) {
    return "The system does not let the browser record the screen. Allow it in the privacy settings of this device.";
  }
  if (nameOf(error) === "NotAllowedError") return null;
  return "The screen could not be shared. Try again, or choose another window.";
}

/** Browsers tell the system's refusal from the user's only in the text of the error. */
function isRefusedBySystem(error: unknown): boolean {
  return nameOf(error) === "NotAllowedError" && /system/i.test(String((error as Error).message));
}

export function nameOf(error: unknown): string {
  return String((error as { name?: unknown } | null | undefined)?.name ?? "");
}
