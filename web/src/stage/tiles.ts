/** Which tiles a call has. */

import type { Session } from "../api";
import type { PeerView } from "../rtc";

/** `face` marks the tile of a person whose picture is elsewhere: they share a screen. */
export type PeerTile = { id: string; peer: PeerView; session: Session | undefined; screen: boolean; face: boolean };

/** The faces of presenters are tiles of their own, beside the screens. */
const FACE = ":face";

/** Return a tile for everybody else, and one more for each of them who shares a screen. */
export function peerTiles(peers: PeerView[], sessions: Session[]): PeerTile[] {
  return peers.flatMap((peer) => {
    const session = sessions.findLast((one) => one.userId === peer.userId);
    const screen = session?.metadata?.screen === true;
    const tile = { id: peer.userId, peer, session, screen, face: false };
    return screen ? [tile, { ...tile, id: peer.userId + FACE, screen: false, face: true }] : [tile];
  });
}

/** Return the order with the person who shares the large screen first, so that they are seen beside it. */
export function withPresenterFirst(order: string[], spotlit: string | null): string[] {
  const face = spotlit + FACE;
  return order.includes(face) ? [face, ...order.filter((id) => id !== face)] : order;
}

/** Return the ids of tiles with screens in the order in which they came; `before` is what this returned last. */
export function screensOf(tiles: PeerTile[], before: readonly string[]): string[] {
  const shared = tiles.filter((tile) => tile.screen).map((tile) => tile.id);
  return [...before.filter((id) => shared.includes(id)), ...shared.filter((id) => !before.includes(id))];
}
