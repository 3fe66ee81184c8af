/** One large tile, and the others in a strip: beside it on a wide stage, below it on an upright one. */

import { type Box, CLASSIC, clamp, GAP_PX, MIN_TILE, PAGER_HEIGHT_PX, type Size, WIDE } from "./geometry";

/** The share of the stage that the strip takes, within limits. */
const STRIP_SHARE = 0.18;
const MAX_STRIP: Size = { width: 232, height: 150 };
/** The minimum number of tiles that fit below the large one, on any phone. */
const MIN_BELOW = 3;
/** From this aspect on, there is more room beside the large tile than below it. */
const SIDEWAYS_ASPECT = 1.2;

export type Spotlight = { main: Box; strip: Box[]; pages: number; pager: Box | null };

/** Return the box of the large tile, and those of one full page of the strip. */
export function spotlightBoxes(others: number, stage: Size): Spotlight {
  if (others === 0) return { main: { left: 0, top: 0, ...stage }, strip: [], pages: 1, pager: null };
  return stage.width / stage.height >= SIDEWAYS_ASPECT ? beside(others, stage) : below(others, stage);
}

function beside(others: number, stage: Size): Spotlight {
  const width = clamp(MIN_TILE.width, stage.width * STRIP_SHARE, MAX_STRIP.width);
  const height = Math.min(stage.height, Math.max(MIN_TILE.height, width / WIDE));
  const left = stage.width - width;
  const { perPage, pages } = paged(others, stage.height, height, PAGER_HEIGHT_PX);
  const strip = places(perPage, height).map((top) => ({ left, top, width, height }));
  const pager = pages > 1 ? { left, top: stage.height - PAGER_HEIGHT_PX, width, height: PAGER_HEIGHT_PX } : null;
  return { main: { left: 0, top: 0, width: left - GAP_PX, height: stage.height }, strip, pages, pager };
}

function below(others: number, stage: Size): Spotlight {
  const height = clamp(MIN_TILE.height, stage.height * STRIP_SHARE, MAX_STRIP.height);
  const third = Math.max(MIN_TILE.width, (stage.width - (MIN_BELOW - 1) * GAP_PX) / MIN_BELOW);
  const width = Math.min(third, height * CLASSIC);
  const { perPage, pages } = paged(others, stage.width, width, 0);
  const turning = pages > 1 ? PAGER_HEIGHT_PX : 0;
  const top = stage.height - turning - height;
  const lefts = places(perPage, width);
  const margin = (stage.width - ((lefts.at(-1) ?? 0) + width)) / 2;
  const strip = lefts.map((left) => ({ left: left + margin, top, width, height }));
  const pager =
    pages > 1 ? { left: 0, top: stage.height - PAGER_HEIGHT_PX, width: stage.width, height: PAGER_HEIGHT_PX } : null;
  return { main: { left: 0, top: 0, width: stage.width, height: top - GAP_PX }, strip, pages, pager };
}

/** Divide a strip that is too long into pages; the pager takes `reserved` of its length. */
function paged(count: number, length: number, each: number, reserved: number): { perPage: number; pages: number } {
  const holds = (room: number) => Math.max(1, Math.floor((room + GAP_PX) / (each + GAP_PX)));
  const whole = holds(length);
  if (count <= whole) return { perPage: count, pages: 1 };
  const perPage = holds(length - reserved);
  return { perPage, pages: Math.ceil(count / perPage) };
}

function places(count: number, each: number): number[] {
  return Array.from({ length: count }, (_, place) => place * (each + GAP_PX));
}
