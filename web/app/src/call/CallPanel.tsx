import type { PeerView } from "@connvo/rtc";
import type { Meeting, Member, Session, User } from "../api/functions";
import { ChatPanel } from "../chat/ChatPanel";
import { type Chat, useSend } from "../chat/useChat";
import { People } from "../members/People";
import { ConnectionStats } from "./ConnectionStats";
import type { Panel } from "./Controls";

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

/** The open panel beside the call, if any. */
export function CallPanel({ panel, meeting, me, members, chat, peers, sessionOf, nameOf, online, onClose }: Props) {
  const send = useSend(meeting._id, me);
  const observes = meeting.userRole === "observer";
  switch (panel) {
    case "chat":
      return <ChatPanel chat={chat} me={me._id} onSend={observes ? null : send} onClose={onClose} />;
    case "people":
      return <People meeting={meeting} me={me._id} members={members} sessionOf={sessionOf} onClose={onClose} />;
    case "quality":
      return <ConnectionStats peers={peers} sessionOf={sessionOf} nameOf={nameOf} online={online} onClose={onClose} />;
    case null:
      return null;
  }
}
