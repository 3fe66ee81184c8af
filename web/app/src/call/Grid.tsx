import type { PeerView } from "@connvo/rtc";
import { type ReactNode, useRef, useState } from "react";
import type { Session } from "../api/functions";
import { useRoving } from "../ui/useRoving";
import { arrange } from "./layout/arrange";
import type { View } from "./layout/focus";
import type { Size } from "./layout/geometry";
import { type PeerTile, peerTiles, withPresenterFirst } from "./layout/tiles";
import { useSize } from "./layout/useSize";
import { useOrder, useSpeaker, useSpeaking } from "./layout/useSpeakers";
import { useSpotlight } from "./layout/useSpotlight";
import { Pager } from "./Pager";
import { Tile } from "./Tile";
import { TileActions } from "./TileActions";
import type { LocalMedia } from "./useLocalMedia";
import "./Grid.css";

type Props = {
  me: string;
  name: string;
  media: LocalMedia;
  peers: PeerView[];
  sessions: Session[];
  view: View;
  nameOf: (userId: string) => string;
  /** The members whose words are kept out of the captions. */
  uncaptioned: readonly string[] | undefined;
  /** Whether a panel covers it: then it is not reachable by keyboard. */
  covered: boolean;
  /** Shown below the user's own picture while no other member is there. */
  alone: ReactNode;
};

const UNMEASURED: Size = { width: 1, height: 1 };

/** The tiles of all members in the call. */
export function Grid({ me, name, media, peers, sessions, view, nameOf, uncaptioned = [], covered, alone }: Props) {
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
      uncaptioned={uncaptioned.includes(me)}
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
        uncaptioned={!tile.screen && uncaptioned.includes(peer.userId)}
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
