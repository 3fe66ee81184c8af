import { useConvexConnectionState, useMutation } from "convex/react";
import { useEffect, useState } from "react";
import { api, type Meeting, type Member, messageOf, nameOf } from "../api";
import { Announcer } from "../components/Announcer";
import { Connections } from "../components/Connections";
import { Controls, type Panel } from "../components/Controls";
import { People } from "../components/People";
import { Tile } from "../components/Tile";
import { words } from "../notice";
import type { Sample } from "../rtc";
import { useCall } from "../useCall";
import { useKeys } from "../useKeys";
import { useLocalMedia } from "../useLocalMedia";
import type { Entry } from "./Lobby";

type Props = {
  meeting: Meeting;
  members: Member[];
  me: string;
  name: string;
  entry: Entry;
  onAverage: (average: Sample) => void;
  onLeave: () => void;
};

/** The call itself. */
export function Room({ meeting, members, me, name, entry, onAverage, onLeave }: Props) {
  const media = useLocalMedia(entry.stream, entry.choice);
  const { view, error, room, sessions } = useCall(meeting._id, me, entry.stream, media.state, members);
  const end = useMutation(api.endMeeting);
  const leave = useMutation(api.leaveMeeting);
  const [panel, setPanel] = useState<Panel>(null);
  const [fault, setFault] = useState<string | null>(null);
  const online = useConvexConnectionState().isWebSocketConnected;
  const { average } = view;
  useEffect(() => {
    if (average) onAverage(average);
  }, [average, onAverage]);
  const { attach } = media;
  useEffect(() => attach(room), [attach, room]);
  useKeys({
    m: () => void media.toggle("audio"),
    v: () => void media.toggle("video"),
    s: () => void media.share(),
    p: () => setPanel(panel === "people" ? null : "people"),
    q: () => setPanel(panel === "connections" ? null : "connections"),
    escape: () => setPanel(null),
  });

  async function hangUp() {
    void room?.leave();
    void leave({ meetingId: meeting._id }).catch(() => undefined);
    onLeave();
  }

  const person = (userId: string) => nameOf(members.find((one) => one.userId === userId)?.user);
  const session = (userId: string) => sessions.findLast((one) => one.userId === userId);
  const notice = error ?? fault ?? media.fault ?? words(view.notice, online);
  const mine = session(me);
  return (
    <main className="room" data-panel={panel ?? undefined}>
      <header className="roombar">
        <h1>{meeting.title}</h1>
        <Announcer members={members} me={me} />
      </header>
      <p className="notice" role="status" data-shown={notice ? true : undefined}>
        {notice}
      </p>
      <div className="stage">
        <div className="grid" data-count={view.peers.length + 1}>
          <Tile
            name={name}
            stream={media.shown}
            quality={view.peers.length > 0 ? mine?.connectionQuality : undefined}
            mine
            muted={!media.state.audio}
            hidden={!media.state.video && !media.state.screen}
            screen={media.state.screen}
          />
          {view.peers.map((peer) => {
            const sends = session(peer.userId)?.metadata;
            return (
              <Tile
                key={peer.userId}
                name={person(peer.userId)}
                stream={peer.stream}
                health={peer.health}
                quality={session(peer.userId)?.connectionQuality}
                muted={sends?.audio === false}
                hidden={sends?.video === false && !sends.screen}
                screen={sends?.screen === true}
                speaking={peer.speaking}
              />
            );
          })}
        </div>
        {view.peers.length === 0 && <p className="alone muted">You are the only one here.</p>}
      </div>
      {panel === "people" && <People meeting={meeting} me={me} members={members} onClose={() => setPanel(null)} />}
      {panel === "connections" && (
        <Connections peers={view.peers} nameOf={person} online={online} onClose={() => setPanel(null)} />
      )}
      <Controls
        media={media}
        panel={panel}
        onPanel={setPanel}
        host={meeting.userRole === "host"}
        onLeave={() => void hangUp()}
        onEnd={() => void end({ meetingId: meeting._id }).catch((reason) => setFault(messageOf(reason)))}
      />
    </main>
  );
}
