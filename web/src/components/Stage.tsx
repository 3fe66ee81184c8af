import { type ReactNode, useRef, useState } from "react";
import type { Session } from "../api";
import type { PeerView } from "../rtc";
import { arrange } from "../stage/arrange";
import type { View } from "../stage/focus";
import type { Size } from "../stage/geometry";
import { type PeerTile, peerTiles, withPresenterFirst } from "../stage/tiles";
import { useSize } from "../stage/useSize";
import { useOrder, useSpeaker, useSpeaking } from "../stage/useSpeakers";
import { useSpotlight } from "../stage/useSpotlight";
import type { LocalMedia } from "../useLocalMedia";
import { useRoving } from "../useRoving";
import { Pager } from "./Pager";
import { Tile } from "./Tile";
import { TileActions } from "./TileActions";
import "./Stage.css";

type Props = {
  me: string;
  name: string;
  media: LocalMedia;
  peers: PeerView[];
  sessions: Session[];
  view: View;
  nameOf: (userId: string) => string;
  /** Whether a panel lies over it: then the keyboard does not go there. */
  covered: boolean;
  /** Shown below the own picture while nobody else is there. */
  alone: ReactNode;
};

const UNMEASURED: Size = { width: 1, height: 1 };

/** Everybody in the call. */
export function Stage({ me, name, media, peers, sessions, view, nameOf, covered, alone }: Props) {
  const stage = useRef<HTMLDivElement>(null);
  const size = useSize(stage) ?? UNMEASURED;
  const [page, setPage] = useState(0);
  const tiles = peerTiles(peers, sessions);
  const speaking = useSpeaking(tiles);
  const speaker = useSpeaker(speaking) ?? peers[0]?.userId ?? null;
  const { spotlit, screens, pinned, pin } = useSpotlight(tiles, me, view, speaker);
  const firstPage = useRef(Number.POSITIVE_INFINITY);
  const order = useOrder([me, ...tiles.map((tile) => tile.id)], me, firstPage.current, speaking);
  const placed = arrange({ stage: size, order: withPresenterFirst(order, spotlit, screens), own: me, spotlit, page });
  firstPage.current = placed.firstPage;
  const onKeyDown = useRoving(stage);
  const isAlone = peers.length === 0;
  const boxOf = (id: string) => (isAlone ? undefined : (placed.boxes.get(id) ?? null));
  const toggle = (id: string) => pin(pinned === id ? null : id);

  const own = (
    <Tile
      key={me}
      name={name}
      userId={me}
      stream={media.shown}
      quality={isAlone ? undefined : sessions.findLast((one) => one.userId === me)?.connectionQuality}
      mine
      mirrored={media.mirrored}
      muted={!media.state.audio}
      hidden={!media.state.video && !media.state.screen}
      screen={media.state.screen}
      box={boxOf(me)}
      corner={placed.corner === me}
    />
  );
  const drawn = (tile: PeerTile) => {
    const { id, peer, session } = tile;
    const label = nameOf(peer.userId);
    const sends = session?.metadata;
    return (
      <Tile
        key={id}
        name={label}
        userId={peer.userId}
        stream={tile.face ? null : peer.stream}
        health={peer.health}
        quality={tile.face ? undefined : session?.connectionQuality}
        muted={!tile.screen && sends?.audio === false}
        hidden={tile.face || (sends?.video === false && !sends.screen)}
        screen={tile.screen}
        speaking={peer.speaking && !tile.screen}
        box={boxOf(id)}
        actions={
          <TileActions
            name={tile.screen ? `the screen of ${label}` : label}
            pinned={pinned === id}
            large={spotlit === id}
            onPin={() => toggle(id)}
          />
        }
        onDoubleClick={() => toggle(id)}
      />
    );
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of pictures, not of fields
    <div
      className="stage"
      role="group"
      aria-label="Participants"
      ref={stage}
      inert={covered}
      data-alone={isAlone || undefined}
      onKeyDown={onKeyDown}
    >
      {tiles.map(drawn)}
      {own}
      {isAlone && alone}
      {placed.pager && !isAlone && (
        <Pager box={placed.pager} page={placed.page} pages={placed.pages} onPage={setPage} />
      )}
    </div>
  );
}
