import type { Session } from "../api";
import type { PeerView } from "../rtc";
import type { LocalMedia } from "../useLocalMedia";
import { Tile } from "./Tile";

type Props = {
  name: string;
  me: string;
  media: LocalMedia;
  peers: PeerView[];
  sessions: Session[];
  nameOf: (userId: string) => string;
};

/** Everybody in the call, oneself first. */
export function Grid({ name, me, media, peers, sessions, nameOf }: Props) {
  const session = (userId: string) => sessions.findLast((one) => one.userId === userId);
  return (
    <div className="stage">
      <div className="grid" data-count={peers.length + 1}>
        <Tile
          name={name}
          stream={media.shown}
          quality={peers.length > 0 ? session(me)?.connectionQuality : undefined}
          mine
          mirrored={media.mirrored}
          muted={!media.state.audio}
          hidden={!media.state.video && !media.state.screen}
          screen={media.state.screen}
        />
        {peers.map((peer) => {
          const theirs = session(peer.userId);
          const sends = theirs?.metadata;
          return (
            <Tile
              key={peer.userId}
              name={nameOf(peer.userId)}
              stream={peer.stream}
              health={peer.health}
              quality={theirs?.connectionQuality}
              muted={sends?.audio === false}
              hidden={sends?.video === false && !sends.screen}
              screen={sends?.screen === true}
              speaking={peer.speaking}
            />
          );
        })}
      </div>
      {peers.length === 0 && <p className="alone muted">You are the only one here.</p>}
    </div>
  );
}
