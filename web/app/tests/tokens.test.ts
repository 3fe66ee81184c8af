/// <reference types="vite/client" />
import { describe, expect, it } from "vitest";
import { PERSON_COLORS } from "../src/members/person";
import css from "../src/styles/tokens.css?raw";

const AA_TEXT = 4.5;
const AA_CONTROL = 3;

type Scheme = "light" | "dark";

/** Returns the value of a colour token in a scheme. */
function token(name: string, scheme: Scheme): string {
  const found = new RegExp(`--${name}: (?:light-dark\\((#\\w{6}), (#\\w{6})\\)|(#\\w{6}));`).exec(css);
  const value = found?.[3] ?? found?.[scheme === "light" ? 1 : 2];
  if (!value) throw new Error(`no colour --${name}`);
  return value;
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((first, second) => second - first);
  return (high + 0.05) / (low + 0.05);
}

const TEXT: [string, string[]][] = [
  ["text", ["back", "card", "raised", "accent-soft"]],
  ["muted", ["back", "card", "raised"]],
  ["accent", ["back", "card", "raised", "accent-soft"]],
  ["accent-hover", ["back", "card"]],
  ["on-accent", ["accent", "accent-hover"]],
  ["danger", ["back", "card", "raised", "danger-soft"]],
  ["on-danger", ["danger-fill", "danger-hover"]],
  ["good", ["back", "card", "good-soft"]],
  ["fair", ["back", "card", "fair-soft"]],
  ["on-video", ["tile"]],
];

describe.each(["light", "dark"] as const)("the colours of the %s theme", (scheme) => {
  it.each(TEXT.flatMap(([ink, grounds]) => grounds.map((ground) => [ink, ground] as const)))(
    "lets people read --%s on --%s",
    (ink, ground) => {
      expect(contrast(token(ink, scheme), token(ground, scheme))).toBeGreaterThanOrEqual(AA_TEXT);
    },
  );

  it.each(["back", "card"])("shows the edge of a field on --%s", (ground) => {
    expect(contrast(token("line-strong", scheme), token(ground, scheme))).toBeGreaterThanOrEqual(AA_CONTROL);
  });
});

/** Return a colour halfway to white. */
function lightened(hex: string): string {
  const parts = [1, 3, 5].map((at) => Math.round((Number.parseInt(hex.slice(at, at + 2), 16) + 255) / 2));
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

it.each(PERSON_COLORS)("shows the caret of %s in the notes", (color) => {
  expect(contrast(color, token("card", "light"))).toBeGreaterThanOrEqual(AA_CONTROL);
  expect(contrast(lightened(color), token("card", "dark"))).toBeGreaterThanOrEqual(AA_CONTROL);
});

it.each(PERSON_COLORS)("lets people read initials on %s", (color) => {
  expect(contrast("#ffffff", color)).toBeGreaterThanOrEqual(AA_TEXT);
});
