/** The order of the tiles: as members joined, with speakers on the first page. */

/** Keep the places of tiles that stay, and append new ones. `first` always leads. */
export function updated(order: readonly string[], present: readonly string[], first: string): string[] {
  const there = new Set(present);
  const kept = order.filter((id) => there.has(id) && id !== first);
  const known = new Set(kept);
  return [...(there.has(first) ? [first] : []), ...kept, ...present.filter((id) => id !== first && !known.has(id))];
}

/**
 * Bring the tiles of speakers to the first page. Each swaps places with the tile there that has been silent longest, so
 * that nothing else moves. The leading tile keeps its place.
 */
export function promoted(
  order: readonly string[],
  firstPage: number,
  speaking: ReadonlySet<string>,
  spokeAt: ReadonlyMap<string, number>,
): string[] {
  const result = [...order];
  for (let place = firstPage; place < result.length; place += 1) {
    const speaker = result[place];
    if (speaker === undefined || !speaking.has(speaker)) continue;
    const target = quietest(result, firstPage, speaking, spokeAt);
    const silent = target === null ? undefined : result[target];
    if (target === null || silent === undefined) break;
    result[target] = speaker;
    result[place] = silent;
  }
  return result;
}

function quietest(
  order: readonly string[],
  firstPage: number,
  speaking: ReadonlySet<string>,
  spokeAt: ReadonlyMap<string, number>,
): number | null {
  let found: number | null = null;
  let oldest = Number.POSITIVE_INFINITY;
  for (let place = Math.min(firstPage, order.length) - 1; place >= 1; place -= 1) {
    const id = order[place];
    if (id === undefined || speaking.has(id)) continue;
    const at = spokeAt.get(id) ?? Number.NEGATIVE_INFINITY;
    if (at < oldest) {
      oldest = at;
      found = place;
    }
  }
  return found;
}
