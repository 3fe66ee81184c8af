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
  type Session,
  titleOf,
  type User,
} from "../api/functions";
import { CaptionsOverlay } from "../captions/CaptionsOverlay";
import { modeOf } from "../captions/mode";
import { SpeechQuestion } from "../captions/SpeechQuestion";
import { changeSettings, useCaptionSettings } from "../captions/settings";
import { problemOf } from "../captions/statusText";
import { useSpeech, useTranscription } from "../captions/useTranscription";
import { useChat, useSend, useUnread } from "../chat/useChat";
import { DoorBell } from "../members/Door";
import { mayInvite, useInvitation } from "../members/InviteLink";
import { useBlocked } from "../members/useBlocked";
import { LazyNudgeCard } from "../prompts/LazyPrompts";
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
  sessions: Session[];
  me: User;
  devices: LocalDevices;
  onAverage: (average: Sample) => void;
  onExit: (how: Exit) => void;
  /** Called when the user has ended the meeting for all. */
  onEnded: () => void;
};

/** From before the first frame is recorded until after the last. */
const RECORDED: Recording["state"][] = ["starting", "recording", "stopping"];

const NOBODY: string[] = [];

/** The page of a call. */
export function CallPage({ meeting, members, sessions, me, devices, onAverage, onExit, onEnded }: Props) {
  const meetingId = meeting._id;
  const host = meeting.userRole === "host";
  const page = useRef<HTMLElement>(null);
  const media = useLocalMedia(devices);
  const { view, error, room, exit } = useCall(meetingId, me._id, media.outgoing, media.state, { members, sessions });
  useEffect(() => {
    if (exit) onExit(exit);
  }, [exit, onExit]);
  const end = useMutation(api.endMeeting);
  const recording = useQuery(api.recordings, { meetingId })?.some((one) => RECORDED.includes(one.state)) ?? false;
  const startedAt = useQuery(api.meetingEnd, { meetingId })?.startedAt;
  const transcription = useTranscription(meetingId);
  const speech = useSpeech(meetingId, transcription, media.microphone);
  const mode = modeOf(transcription);
  const captioned = useCaptionSettings().shown;
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
  const { pending, send } = useSend(meetingId, me);
  const chat = useChat(meetingId, pending, members);
  const blocked = useBlocked();
  const unread = useUnread(chat, me._id, panel === "chat").filter(({ senderId }) => !blocked.has(senderId));
  const snapshot = useCallSnapshot({
    me: me._id,
    members,
    sessions,
    media: media.state,
    host,
    recording,
    transcription,
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
    n: () => show("notes"),
    t: () => (mode === "off" ? show("captions") : changeSettings({ shown: !captioned })),
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
        since={startedAt}
        recording={recording}
        transcription={mode}
      />
      <Grid
        me={me._id}
        name={nameOf(me)}
        media={media}
        peers={view.peers}
        sessions={sessions}
        view={layout}
        nameOf={person}
        uncaptioned={transcription?.mode === "off" ? NOBODY : transcription?.refused}
        covered={sheet && panel !== null}
        alone={<Alone meeting={meeting} />}
      />
      {mode !== "off" && captioned && (
        <CaptionsOverlay
          meetingId={meetingId}
          me={me._id}
          problem={transcription ? problemOf(transcription, speech) : null}
        />
      )}
      <Toasts>
        <Toast className="notice">{notice}</Toast>
        <EndWarning meetingId={meetingId} />
        <ClickToHear />
        <MuteRequest meetingId={meetingId} audible={media.state.audio} onMute={() => media.turn("audio", false)} />
        <SpeechQuestion meetingId={meetingId} transcription={transcription} />
        {host && panel !== "people" && <DoorBell meetingId={meetingId} />}
        <PassingToast text={[invitation.said, invitation.address ?? ""].join(" ").trim()} nth={copies} />
        <Announcer snapshot={snapshot} panel={panel} />
        <LazyNudgeCard meetingId={meetingId} />
      </Toasts>
      <CallPanel
        panel={panel}
        meeting={meeting}
        me={me}
        members={members}
        chat={chat}
        send={send}
        transcription={transcription}
        speech={speech}
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
            onNotes={() => show("notes")}
            onCaptions={() => show("captions")}
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
          onYes={() => void end({ meetingId }).then(onEnded, (reason) => setFault(messageOf(reason)))}
          onClose={() => setDialog(null)}
        />
      )}
    </main>
  );
}
