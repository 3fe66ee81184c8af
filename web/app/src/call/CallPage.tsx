import type { Sample } from "@connvo/rtc";
import { useConvexConnectionState, useMutation, useQuery } from "convex/react";
import { useEffect, useRef, useState } from "react";
import {
  api,
  type Meeting,
  type Member,
  messageOf,
  nameOf,
  type Recording,
  titleOf,
  type User,
} from "../api/functions";
import { useChat, useUnread } from "../chat/useChat";
import { DoorBell } from "../members/Door";
import { mayInvite, useInvitation } from "../members/InviteLink";
import { useBlocked } from "../members/useBlocked";
import { Confirm } from "../ui/Dialog";
import { Shortcuts } from "../ui/Shortcuts";
import { PassingToast, Toast, Toasts } from "../ui/Toasts";
import { useFullScreen } from "../ui/useFullScreen";
import { useHotkeySwitch, useHotkeys } from "../ui/useHotkeys";
import { SHEET, useMatches } from "../ui/useMatches";
import { useVisibleHeight } from "../ui/useVisibleHeight";
import { Alone } from "./Alone";
import { Announcer } from "./Announcer";
import { CallHeader } from "./CallHeader";
import { CallPanel } from "./CallPanel";
import { ClickToHear } from "./ClickToHear";
import { Controls, type Panel } from "./Controls";
import { DeviceDialog } from "./DeviceDialog";
import type { LocalDevices } from "./devices/index";
import { EndWarning } from "./EndWarning";
import { Grid } from "./Grid";
import type { View } from "./layout/focus";
import { MoreMenu } from "./MoreMenu";
import { MuteRequest } from "./MuteRequest";
import { noticeText } from "./notices";
import { type Exit, useCall } from "./useCall";
import { useCallSnapshot } from "./useCallSnapshot";
import { useLocalMedia } from "./useLocalMedia";
import "./CallPage.css";

type Props = {
  meeting: Meeting;
  members: Member[];
  me: User;
  devices: LocalDevices;
  onAverage: (average: Sample) => void;
  onExit: (how: Exit) => void;
};

/** From before the first frame is recorded until after the last. */
const RECORDED: Recording["state"][] = ["starting", "recording", "stopping"];

/** The page of a call. */
export function CallPage({ meeting, members, me, devices, onAverage, onExit }: Props) {
  const meetingId = meeting._id;
  const host = meeting.userRole === "host";
  const page = useRef<HTMLElement>(null);
  const media = useLocalMedia(devices);
  const { view, error, room, sessions, exit } = useCall(meetingId, me._id, media.outgoing, media.state, members);
  useEffect(() => {
    if (exit) onExit(exit);
  }, [exit, onExit]);
  const end = useMutation(api.endMeeting);
  const recording = useQuery(api.recordings, { meetingId })?.some((one) => RECORDED.includes(one.state)) ?? false;
  const [panel, setPanel] = useState<Panel>(null);
  const [dialog, setDialog] = useState<"end" | "keys" | "devices" | null>(null);
  const [layout, setLayout] = useState<View>("grid");
  const [keys, setKeys] = useHotkeySwitch();
  const [fault, setFault] = useState<string | null>(null);
  const sheet = useMatches(SHEET);
  const fullScreen = useFullScreen(page);
  useVisibleHeight(page);
  const invitation = useInvitation(meetingId, host);
  const [copies, setCopies] = useState(0);
  const online = useConvexConnectionState().isWebSocketConnected;
  const chat = useChat(meetingId);
  const blocked = useBlocked();
  const unread = useUnread(chat, me._id, panel === "chat").filter(({ senderId }) => !blocked.has(senderId));
  const snapshot = useCallSnapshot({
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
  const show = (name: Panel) => setPanel(panel === name ? null : name);
  const letters = {
    m: () => media.toggle("audio"),
    v: () => media.toggle("video"),
    s: () => media.share(),
    c: () => show("chat"),
    p: () => show("people"),
    q: () => show("quality"),
    f: fullScreen.toggle,
    "?": () => setDialog("keys"),
  };
  useHotkeys({ ...(keys && letters), escape: () => setPanel(null) });

  const person = (userId: string) => nameOf(members.find((one) => one.userId === userId)?.user);
  const sessionOf = (userId: string) => sessions.findLast((one) => one.userId === userId);
  const notice = error ?? fault ?? media.fault ?? noticeText(view.notice, online, room !== null);
  return (
    <main className="room" data-panel={panel ?? undefined} ref={page}>
      <CallHeader
        title={titleOf(meeting)}
        people={members.filter((one) => one.presence === "joined").length}
        since={members.find((one) => one.userId === me._id)?.joinedAt}
        recording={recording}
      />
      <Grid
        me={me._id}
        name={nameOf(me)}
        media={media}
        peers={view.peers}
        sessions={sessions}
        view={layout}
        nameOf={person}
        covered={sheet && panel !== null}
        alone={<Alone meeting={meeting} />}
      />
      <Toasts>
        <Toast className="notice">{notice}</Toast>
        <EndWarning meetingId={meetingId} />
        <ClickToHear />
        <MuteRequest meetingId={meetingId} audible={media.state.audio} onMute={() => media.turn("audio", false)} />
        {host && panel !== "people" && <DoorBell meetingId={meetingId} />}
        <PassingToast text={[invitation.said, invitation.address ?? ""].join(" ").trim()} nth={copies} />
        <Announcer snapshot={snapshot} panel={panel} />
      </Toasts>
      <CallPanel
        panel={panel}
        meeting={meeting}
        me={me}
        members={members}
        chat={chat}
        peers={view.peers}
        sessionOf={sessionOf}
        nameOf={person}
        online={online}
        onClose={() => setPanel(null)}
      />
      <Controls
        media={media}
        panel={panel}
        unread={unread.length}
        onPanel={setPanel}
        onLeave={() => onExit({ why: "left" })}
        more={
          <MoreMenu
            media={media}
            view={layout}
            fullScreen={fullScreen}
            onView={setLayout}
            onDevices={() => setDialog("devices")}
            onQuality={() => show("quality")}
            onKeys={() => setDialog("keys")}
            onInvite={mayInvite(meeting) ? () => void invitation.copy().then(() => setCopies(copies + 1)) : null}
            onEnd={host ? () => setDialog("end") : null}
          />
        }
      />
      {dialog === "devices" && <DeviceDialog media={media} onClose={() => setDialog(null)} />}
      {dialog === "keys" && <Shortcuts on={keys} onSwitch={setKeys} onClose={() => setDialog(null)} />}
      {dialog === "end" && (
        <Confirm
          title="End the meeting for all?"
          text="Everyone leaves the call, and it cannot be restarted. To leave alone, use Leave."
          yes="End for all"
          onYes={() => void end({ meetingId }).catch((reason) => setFault(messageOf(reason)))}
          onClose={() => setDialog(null)}
        />
      )}
    </main>
  );
}
