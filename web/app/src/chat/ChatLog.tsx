import { useState } from "react";
import { type Message, nameOf } from "../api/functions";
import { Avatar } from "../members/Avatar";
import { useBlocked } from "../members/useBlocked";
import { clock } from "../ui/time";
import { linkify } from "./linkify";
import { type Chat, isPending } from "./useChat";
import "./Chat.css";

/** A longer message is collapsed until the user expands it. */
const LONG_CHARACTERS = 700;
const LONG_LINES = 14;
/** Messages of one author within this time share a header. */
const TOGETHER_MS = 3 * 60_000;

/** The messages, the newest last and in view; screen readers read new ones. */
export function ChatLog({ chat, me }: { chat: Chat; me: string }) {
  const { messages, earlier } = chat;
  const blocked = useBlocked();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content has to be reachable by keyboard
    <div className="log" role="log" aria-label="Messages" tabIndex={0}>
      <ol>
        {earlier && (
          <li className="earlier">
            <button type="button" className="small" onClick={earlier}>
              Earlier messages
            </button>
          </li>
        )}
        {messages.map((message, place) => (
          <Entry
            key={message._id}
            blocked={blocked.has(message.senderId)}
            message={message}
            mine={message.senderId === me}
            goesOn={goesOn(messages[place - 1], message)}
          />
        ))}
      </ol>
    </div>
  );
}

function goesOn(before: Message | undefined, message: Message): boolean {
  return before?.senderId === message.senderId && message.createdAt - before.createdAt < TOGETHER_MS;
}

type EntryProps = { message: Message; mine: boolean; goesOn: boolean; blocked: boolean };

function Entry({ message, mine, goesOn, blocked }: EntryProps) {
  const [wanted, setWanted] = useState(false);
  if (blocked && !wanted) {
    return (
      <li className="blocked-message">
        <span className="muted">A message from someone you blocked</span>{" "}
        <button type="button" className="quiet small" onClick={() => setWanted(true)}>
          Show
        </button>
      </li>
    );
  }
  return (
    <li data-mine={mine || undefined} data-goes-on={goesOn || undefined} data-pending={isPending(message) || undefined}>
      {!mine && !goesOn && <Avatar user={message.sender} />}
      <p className={goesOn ? "sr-only" : "by"}>
        <strong>{mine ? "You" : <bdi>{nameOf(message.sender)}</bdi>}</strong>{" "}
        <time className="muted" dateTime={new Date(message.createdAt).toISOString()}>
          {isPending(message) ? "sending …" : clock(message.createdAt)}
        </time>
      </p>
      <Text text={message.text} />
    </li>
  );
}

function Text({ text }: { text: string }) {
  const [whole, setWhole] = useState(!isLong(text));
  return (
    <>
      <p className="text" dir="auto" data-cut={!whole || undefined}>
        {linkify(text).map((part, place) =>
          part.href ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a message never change
            <a key={place} href={part.href} dir="ltr" target="_blank" rel="noopener noreferrer nofollow">
              {part.text}
            </a>
          ) : (
            part.text
          ),
        )}
      </p>
      {isLong(text) && (
        <button type="button" className="quiet small" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? "Show less" : "Show all"}
        </button>
      )}
    </>
  );
}

function isLong(text: string): boolean {
  return text.length > LONG_CHARACTERS || text.split("\n").length > LONG_LINES;
}
