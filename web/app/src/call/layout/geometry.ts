/** Sizes and places within the stage, in CSS pixels from its top left corner. */

export type Size = { width: number; height: number };
export type Box = Size & { left: number; top: number };

/** The gap between two tiles. */
export const GAP_PX = 8;
/** In smaller tiles, faces cannot be recognised: further tiles go to another page. */
export const MIN_TILE: Size = { width: 104, height: 78 };
/** The row or cell that turns the pages. */
export const PAGER_HEIGHT_PX = 44;

export const WIDE = 16 / 9;
export const CLASSIC = 4 / 3;
export const UPRIGHT = 2 / 3;

export const clamp = (least: number, value: number, most: number) => Math.max(least, Math.min(value, most));

export function isPortrait({ width, height }: Size): boolean {
  return height > width;
}

/** Return the largest size within a cell whose aspect is between these two. */
export function fitted(cell: Size, narrowest: number, widest: number): Size {
  const aspect = cell.width / cell.height;
  if (aspect > widest) return { width: cell.height * widest, height: cell.height };
  if (aspect < narrowest) return { width: cell.width, height: cell.width / narrowest };
  return cell;
}
