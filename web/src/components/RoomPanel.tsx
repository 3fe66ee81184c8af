import type { Meeting, Member, Session, User } from "../api";
import type { PeerView } from "../rtc";
import { type Chat, useSend } from "../useChat";
import { ChatPanel } from "./ChatPanel";
import type { Panel } from "./Controls";
import { People } from "./People";
import { Quality } from "./Quality";

type Props = {
  panel: Panel;
  meeting: Meeting;
  me: User;
  members: Member[];
  chat: Chat;
  peers: PeerView[];
  sessionOf: (userId: string) => Session | undefined;
  nameOf: (userId: string) => string;
  online: boolean;
  onClose: () => void;
};

/** What is open beside the call, if anything. */
export function RoomPanel({ panel, meeting, me, members, chat, peers, sessionOf, nameOf, online, onClose }: Props) {
  const send = useSend(meeting._id, me);
  const observes = meeting.userRole === "observer";
  switch (panel) {
    case "chat":
      return <ChatPanel chat={chat} me={me._id} onSend={observes ? null : send} onClose={onClose} />;
    case "people":
      return <People meeting={meeting} me={me._id} members={members} sessionOf={sessionOf} onClose={onClose} />;
    case "quality":
      return <Quality peers={peers} sessionOf={sessionOf} nameOf={nameOf} online={online} onClose={onClose} />;
    case null:
      return null;
  }
}
