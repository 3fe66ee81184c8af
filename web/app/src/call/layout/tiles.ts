/** The tiles of a call. */

import type { PeerView } from "@connvo/rtc";
import type { Session } from "../../api/functions";

/** `face` marks the tile of a presenter, whose screen has another one. */
export type PeerTile = { id: string; peer: PeerView; session: Session | undefined; screen: boolean; face: boolean };

/** The faces of presenters are separate tiles, beside the screens. */
const FACE = ":face";

/** Return a tile for each other member, and another one for each who shares a screen. */
export function peerTiles(peers: PeerView[], sessions: Session[]): PeerTile[] {
  return peers.flatMap((peer) => {
    const session = sessions.findLast((one) => one.userId === peer.userId);
    const screen = session?.metadata?.screen === true;
    const tile = { id: peer.userId, peer, session, screen, face: false };
    return screen ? [tile, { ...tile, id: peer.userId + FACE, screen: false, face: true }] : [tile];
  });
}

/** Return the order with the presenter of the large screen first, then other screens: users look for them. */
export function withPresenterFirst(order: string[], spotlit: string | null, screens: readonly string[]): string[] {
  const face = spotlit + FACE;
  const leading = [face, ...screens].filter((id) => order.includes(id));
  return [...leading, ...order.filter((id) => !leading.includes(id))];
}

/** Return the ids of tiles with screens in the order in which they appeared; `before` is the previous result. */
export function screensOf(tiles: PeerTile[], before: readonly string[]): string[] {
  const shared = tiles.filter((tile) => tile.screen).map((tile) => tile.id);
  return [...before.filter((id) => shared.includes(id)), ...shared.filter((id) => !before.includes(id))];
}
