/** The places of all tiles in the call. */

import { type Box, CLASSIC, clamp, GAP_PX, isPortrait, PAGER_HEIGHT_PX, type Size, UPRIGHT, WIDE } from "./geometry";
import { gridBoxes, gridCapacity } from "./grid";
import { spotlightBoxes } from "./spotlight";

/** With at most this many others, the user's own picture is small, in a corner. */
const MAX_OTHERS_BESIDE_CORNER = 2;
const CORNER_SHARE = 0.2;
const CORNER_WIDTH_PX = { least: 88, most: 232 };

/** `order` has every tile once, including the user's own (`own`); the first ones are on the first page. */
export type Wanted = { stage: Size; order: string[]; own: string; spotlit: string | null; page: number };
/** A tile without a box is on another page. `corner` is the user's own tile where it overlaps the others. */
export type Arrangement = {
  boxes: ReadonlyMap<string, Box>;
  corner: string | null;
  page: number;
  pages: number;
  /** How many of the order are on the first page. */
  firstPage: number;
  pager: Box | null;
};

export function arrange(wanted: Wanted): Arrangement {
  const { order, spotlit, own } = wanted;
  if (spotlit !== null && order.includes(spotlit)) return withSpotlight(wanted, spotlit);
  const others = order.filter((id) => id !== own);
  const inCorner = others.length > 0 && others.length <= MAX_OTHERS_BESIDE_CORNER && others.length < order.length;
  return inCorner ? withCorner(wanted, others) : inGrid(wanted);
}

function withSpotlight({ stage, order, page }: Wanted, spotlit: string): Arrangement {
  const others = order.filter((id) => id !== spotlit);
  const { main, strip, pages, pager } = spotlightBoxes(others.length, stage);
  const firstPage = strip.length;
  const shown = clamp(0, page, pages - 1);
  const boxes = new Map([[spotlit, main], ...paired(others.slice(shown * firstPage), strip)]);
  return { boxes, corner: null, page: shown, pages, firstPage, pager };
}

function withCorner({ stage, own }: Wanted, others: string[]): Arrangement {
  const boxes = new Map([...paired(others, gridBoxes(others.length, stage)), [own, cornerBox(stage)] as const]);
  return { boxes, corner: own, page: 0, pages: 1, firstPage: boxes.size, pager: null };
}

function inGrid({ stage, order, page }: Wanted): Arrangement {
  const count = order.length;
  if (gridCapacity(count, stage) === count) {
    const boxes = new Map(paired(order, gridBoxes(count, stage)));
    return { boxes, corner: null, page: 0, pages: 1, firstPage: count, pager: null };
  }
  const area = { ...stage, height: Math.max(1, stage.height - PAGER_HEIGHT_PX) };
  const pages = Math.ceil(count / gridCapacity(count, area));
  const perPage = Math.ceil(count / pages);
  const shown = clamp(0, page, pages - 1);
  const here = order.slice(shown * perPage, (shown + 1) * perPage);
  return {
    boxes: new Map(paired(here, gridBoxes(here.length, area))),
    corner: null,
    page: shown,
    pages,
    firstPage: perPage,
    pager: { left: 0, top: area.height, width: stage.width, height: PAGER_HEIGHT_PX },
  };
}

function cornerBox(stage: Size): Box {
  const width = clamp(CORNER_WIDTH_PX.least, stage.width * CORNER_SHARE, CORNER_WIDTH_PX.most);
  const height = width / (isPortrait(stage) ? UPRIGHT : stage.width / stage.height > WIDE ? WIDE : CLASSIC);
  return { left: stage.width - width - GAP_PX, top: stage.height - height - GAP_PX, width, height };
}

function paired(ids: string[], boxes: Box[]): [string, Box][] {
  return boxes.flatMap((box, place) => {
    const id = ids[place];
    return id === undefined ? [] : [[id, box] as [string, Box]];
  });
}
