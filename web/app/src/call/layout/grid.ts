/** Tiles of equal size in rows, as large as the stage allows. */

import { type Box, CLASSIC, fitted, GAP_PX, isPortrait, MIN_TILE, type Size, UPRIGHT, WIDE } from "./geometry";

type Shape = { columns: number; rows: number; tile: Size };

/** Return a box for each of `count` tiles; the last row is centred. */
export function gridBoxes(count: number, stage: Size): Box[] {
  const { columns, rows, tile } = bestShape(count, stage);
  const top = (stage.height - extent(rows, tile.height)) / 2;
  return Array.from({ length: count }, (_, place) => {
    const row = Math.floor(place / columns);
    const inRow = Math.min(columns, count - row * columns);
    const left = (stage.width - extent(inRow, tile.width)) / 2;
    return {
      left: left + (place % columns) * (tile.width + GAP_PX),
      top: top + row * (tile.height + GAP_PX),
      ...tile,
    };
  });
}

/** Return how many of `count` tiles fit on the stage without becoming too small; at least one. */
export function gridCapacity(count: number, stage: Size): number {
  let fitting = count;
  while (fitting > 1 && isTooSmall(bestShape(fitting, stage).tile)) fitting -= 1;
  return Math.max(1, fitting);
}

function isTooSmall(tile: Size): boolean {
  return tile.width < MIN_TILE.width || tile.height < MIN_TILE.height;
}

function bestShape(count: number, stage: Size): Shape {
  let best = shapeOf(1, count, stage);
  for (let columns = 2; columns <= count; columns += 1) {
    const shape = shapeOf(columns, count, stage);
    if (isBetter(shape.tile, best.tile)) best = shape;
  }
  return best;
}

function isBetter(one: Size, other: Size): boolean {
  if (isTooSmall(one) !== isTooSmall(other)) return isTooSmall(other);
  return area(one) > area(other);
}

/** An upright stage takes upright tiles: it belongs to a phone, and so do many of the cameras. */
function shapeOf(columns: number, count: number, stage: Size): Shape {
  const rows = Math.ceil(count / columns);
  const cell = { width: share(stage.width, columns), height: share(stage.height, rows) };
  return { columns, rows, tile: fitted(cell, isPortrait(stage) ? UPRIGHT : CLASSIC, WIDE) };
}

function share(length: number, parts: number): number {
  return Math.max(1, (length - (parts - 1) * GAP_PX) / parts);
}

function extent(parts: number, length: number): number {
  return parts * length + (parts - 1) * GAP_PX;
}

function area({ width, height }: Size): number {
  return width * height;
}
