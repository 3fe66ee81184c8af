import { useConvexConnectionState, useMutation, useQuery } from "convex/react";
import { useEffect, useMemo, useState } from "react";
import { api, type Meeting, type Member, messageOf, nameOf, type User } from "../api";
import { ChatPanel } from "../components/ChatPanel";
import { ClickToHear } from "../components/ClickToHear";
import { Connections } from "../components/Connections";
import { Controls, type Panel } from "../components/Controls";
import { Confirm } from "../components/Dialog";
import { Grid } from "../components/Grid";
import { MuteWish } from "../components/MuteWish";
import { People } from "../components/People";
import { RoomBar } from "../components/RoomBar";
import { Shortcuts } from "../components/Shortcuts";
import type { LocalDevices } from "../devices";
import { words } from "../notice";
import type { Sample } from "../rtc";
import { type Exit, useCall } from "../useCall";
import { useChat, useSend, useUnread } from "../useChat";
import { useKeySwitch, useKeys } from "../useKeys";
import { useLocalMedia } from "../useLocalMedia";
import { useScene } from "../useScene";

type Props = {
  meeting: Meeting;
  members: Member[];
  me: User;
  devices: LocalDevices;
  onAverage: (average: Sample) => void;
  onExit: (how: Exit) => void;
};

/** The call itself. */
export function Room({ meeting, members, me, devices, onAverage, onExit }: Props) {
  const meetingId = meeting._id;
  const host = meeting.userRole === "host";
  const media = useLocalMedia(devices);
  const { view, error, room, sessions, exit } = useCall(meetingId, me._id, media.outgoing, media.state, members);
  useEffect(() => {
    if (exit) onExit(exit);
  }, [exit, onExit]);
  const end = useMutation(api.endMeeting);
  const recording = useQuery(api.recordings, { meetingId })?.some((one) => one.state === "recording") ?? false;
  const [panel, setPanel] = useState<Panel>(null);
  const [dialog, setDialog] = useState<"end" | "keys" | null>(null);
  const [keys, setKeys] = useKeySwitch();
  const [fault, setFault] = useState<string | null>(null);
  const online = useConvexConnectionState().isWebSocketConnected;
  const chat = useChat(meetingId);
  const send = useSend(meetingId, me);
  const unread = useUnread(chat, me._id, panel === "chat");
  const scene = useScene({
    me: me._id,
    members,
    sessions,
    media: media.state,
    host,
    recording,
    unread: unread.at(-1),
  });
  const { average } = view;
  useEffect(() => {
    if (average) onAverage(average);
  }, [average, onAverage]);
  const { attach } = media;
  useEffect(() => {
    attach(room);
    return () => attach(null);
  }, [attach, room]);
  const audible = useMemo(
    () => new Set(sessions.filter((one) => one.metadata?.audio).map((one) => one.userId)),
    [sessions],
  );
  const show = (name: Panel) => setPanel(panel === name ? null : name);
  const letters = {
    m: () => media.toggle("audio"),
    v: () => media.toggle("video"),
    s: () => media.share(),
    c: () => show("chat"),
    p: () => show("people"),
    q: () => show("connections"),
    "?": () => setDialog("keys"),
  };
  useKeys({ ...(keys && letters), escape: () => setPanel(null) });

  const person = (userId: string) => nameOf(members.find((one) => one.userId === userId)?.user);
  const notice = error ?? fault ?? media.fault ?? words(view.notice, online, room !== null);
  const close = () => setPanel(null);
  return (
    <main className="room" data-panel={panel ?? undefined}>
      <RoomBar title={meeting.title} recording={recording} scene={scene} onHelp={() => setDialog("keys")} />
      <div className="messages">
        <p className="notice" role="status" data-shown={notice ? true : undefined}>
          {notice}
        </p>
        <ClickToHear />
        <MuteWish meetingId={meetingId} audible={media.state.audio} onMute={() => media.turn("audio", false)} />
      </div>
      <Grid name={nameOf(me)} me={me._id} media={media} peers={view.peers} sessions={sessions} nameOf={person} />
      {panel === "chat" && (
        <ChatPanel chat={chat} me={me._id} onSend={meeting.userRole === "observer" ? null : send} onClose={close} />
      )}
      {panel === "people" && (
        <People meeting={meeting} me={me._id} members={members} audible={audible} onClose={close} />
      )}
      {panel === "connections" && <Connections peers={view.peers} nameOf={person} online={online} onClose={close} />}
      <Controls
        media={media}
        panel={panel}
        unread={unread.length}
        onPanel={setPanel}
        host={host}
        onLeave={() => onExit({ why: "left" })}
        onEnd={() => setDialog("end")}
      />
      {dialog === "keys" && <Shortcuts on={keys} onSwitch={setKeys} onClose={() => setDialog(null)} />}
      {dialog === "end" && (
        <Confirm
          title="End the meeting for all?"
          text="Everybody is sent out, and it cannot begin again. To go by yourself, leave."
          yes="End for all"
          onYes={() => void end({ meetingId }).catch((reason) => setFault(messageOf(reason)))}
          onClose={() => setDialog(null)}
        />
      )}
    </main>
  );
}
