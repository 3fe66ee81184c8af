import type { PeerView } from "@connvo/rtc";
import type { Meeting, Member, Session, User } from "../api/functions";
import { CaptionsPanel } from "../captions/CaptionsPanel";
import type { SpeechState } from "../captions/speech/index";
import type { Transcription } from "../captions/types";
import { ChatPanel } from "../chat/ChatPanel";
import type { Chat, Send } from "../chat/useChat";
import { People } from "../members/People";
import { NotesPanel } from "../notes/NotesPanel";
import { ConnectionStats } from "./ConnectionStats";
import type { Panel } from "./Controls";

type Props = {
  panel: Panel;
  meeting: Meeting;
  me: User;
  members: Member[];
  chat: Chat;
  send: Send;
  transcription: Transcription | undefined;
  speech: SpeechState | null;
  peers: PeerView[];
  sessionOf: (userId: string) => Session | undefined;
  nameOf: (userId: string) => string;
  online: boolean;
  onClose: () => void;
};

/** The open panel beside the call, if any. */
export function CallPanel({
  panel,
  meeting,
  me,
  members,
  chat,
  send,
  transcription,
  speech,
  peers,
  sessionOf,
  nameOf,
  online,
  onClose,
}: Props) {
  const observes = meeting.userRole === "observer";
  switch (panel) {
    case "chat":
      return <ChatPanel chat={chat} me={me._id} onSend={observes ? null : send} onClose={onClose} />;
    case "people":
      return <People meeting={meeting} me={me._id} members={members} sessionOf={sessionOf} onClose={onClose} />;
    case "notes":
      return <NotesPanel meeting={meeting} me={me._id} members={members} onClose={onClose} />;
    case "captions":
      return (
        <CaptionsPanel meeting={meeting} me={me} transcription={transcription} speech={speech} onClose={onClose} />
      );
    case "quality":
      return <ConnectionStats peers={peers} sessionOf={sessionOf} nameOf={nameOf} online={online} onClose={onClose} />;
    case null:
      return null;
  }
}
