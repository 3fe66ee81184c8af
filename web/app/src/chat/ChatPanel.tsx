import { type FormEvent, type KeyboardEvent, useState } from "react";
import { messageOf } from "../api/functions";
import { Icon } from "../ui/Icon";
import { SidePanel } from "../ui/SidePanel";
import { ChatLog } from "./ChatLog";
import type { Chat, Send } from "./useChat";

type Props = { chat: Chat; me: string; onSend: Send | null; onClose: () => void };

/** Messages, and a field to write one. Without `onSend` the user can only read. */
export function ChatPanel({ chat, me, onSend, onClose }: Props) {
  return (
    <SidePanel title="Chat" className="chat" onClose={onClose}>
      {chat.loading && <p className="muted empty">Loading …</p>}
      {!chat.loading && chat.messages.length === 0 && (
        <p className="muted empty">
          No messages yet. Everyone in the meeting can read messages, including people who join later.
        </p>
      )}
      {chat.messages.length > 0 && <ChatLog chat={chat} me={me} />}
      {onSend ? (
        <Field onSend={onSend} />
      ) : (
        <p className="muted read-along">As an observer, you can read messages but not write.</p>
      )}
    </SidePanel>
  );
}

const MAX_CHARACTERS = 2_000;
/** From this length on, the page shows how much room is left. */
const NEARLY_FULL = 1_800;

function Field({ onSend }: { onSend: Send }) {
  const [text, setText] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const ready = text.trim() !== "";

  function send() {
    if (!ready) return;
    setText("");
    setFault(null);
    onSend(text).catch((reason) => {
      setFault(messageOf(reason));
      setText((newer) => newer || text);
    });
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    send();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    send();
  }

  return (
    <form className="write" onSubmit={submit}>
      {fault && <p role="alert">{fault}</p>}
      <div>
        <textarea
          aria-label="Message everyone"
          placeholder="Message everyone"
          rows={1}
          dir="auto"
          maxLength={MAX_CHARACTERS}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          data-first
        />
        <button type="submit" className="primary icon-button" disabled={!ready} title="Send (Enter)">
          <Icon sign="send" />
          <span className="sr-only">Send</span>
        </button>
      </div>
      {text.length >= NEARLY_FULL && (
        <p className="muted" role="status">
          {MAX_CHARACTERS - text.length} characters left
        </p>
      )}
    </form>
  );
}
