import { useMutation } from "convex/react";
import { useRef, useState } from "react";
import { type Attendee, api, messageOf } from "../api/functions";
import { Icon } from "../ui/Icon";
import { Menu, MenuItem } from "../ui/Menu";
import { plain } from "../ui/text";
import { Editor } from "./Editor";
import { Moments } from "./Moments";
import type { Naming } from "./markdown";
import { dayOf } from "./reportText";
import type { Part, ReportItem, Vote } from "./types";

type Props = {
  meetingId: string;
  part: Part;
  item: ReportItem;
  vote: Vote | undefined;
  naming: Naming;
  owners: Attendee[];
  mayEdit: boolean;
  onFault: (words: string | null) => void;
};

/** One statement: its moments, and the actions of members on it. */
export function Item({ meetingId, part, item, vote, naming, owners, mayEdit, onFault }: Props) {
  const edit = useMutation(api.editItem);
  const remove = useMutation(api.deleteItem);
  const rate = useMutation(api.rateItem);
  const [editing, setEditing] = useState(false);
  const row = useRef<HTMLLIElement>(null);
  const close = () => {
    setEditing(false);
    // The keyboard goes on where the text was edited.
    requestAnimationFrame(() => row.current?.focus({ preventScroll: true }));
  };
  const about = { meetingId, itemId: item.itemId };
  const attempt = (work: Promise<unknown>) =>
    work.then(
      () => onFault(null),
      (reason) => onFault(messageOf(reason)),
    );
  // The same vote again takes it back.
  const give = (chosen: Vote) => void attempt(rate(chosen === vote ? about : { ...about, vote: chosen }));
  const removeIt = () => {
    // The row disappears: the keyboard goes on at the one beside it.
    const beside = row.current?.nextElementSibling ?? row.current?.previousElementSibling;
    if (beside instanceof HTMLElement) beside.focus({ preventScroll: true });
    void attempt(remove(about));
  };
  const text = plain(item.text);
  if (editing) {
    return (
      <li className="report-item">
        <Editor
          item={item}
          owners={part === "actions" ? owners : null}
          onCancel={close}
          onSave={(change) => {
            close();
            if (Object.keys(change).length > 0) void attempt(edit({ ...about, ...change }));
          }}
        />
      </li>
    );
  }
  return (
    <li ref={row} tabIndex={-1} className="report-item" data-done={item.done || undefined}>
      {part === "actions" ? (
        <label className="report-task">
          <input
            type="checkbox"
            checked={item.done ?? false}
            disabled={!mayEdit}
            onChange={(event) => void attempt(edit({ ...about, done: event.target.checked }))}
          />
          <span className="report-words" dir="auto">
            {text}
          </span>
        </label>
      ) : (
        <p dir="auto">{text}</p>
      )}
      <span className="report-facts">
        <Facts item={item} naming={naming} />
        <Moments cites={item.cites} zeroMs={naming.zeroMs} text={text} />
        {item.edited && <span className="muted">edited</span>}
      </span>
      <span className="report-tools">
        <VoteButton value="up" label="Right" vote={vote} onVote={give} />
        <VoteButton value="down" label="Wrong" vote={vote} onVote={give} />
        {mayEdit && (
          <Menu label={`Options for: ${text}`} className="quiet icon-button small" button={<Icon sign="more" />}>
            <MenuItem sign="notes" onClick={() => setEditing(true)}>
              Edit
            </MenuItem>
            <MenuItem sign="close" danger onClick={removeIt}>
              Remove
            </MenuItem>
          </Menu>
        )}
      </span>
    </li>
  );
}

function Facts({ item, naming }: { item: ReportItem; naming: Naming }) {
  const due = item.dueOn ? `by ${dayOf(item.dueOn)}` : item.dueWords && plain(item.dueWords);
  return (
    <>
      {item.ownerId && <strong>{naming.nameOf(item.ownerId)}</strong>}
      {item.askedBy && <span className="muted">asked by {naming.nameOf(item.askedBy)}</span>}
      {due && <span className="tag">{due}</span>}
    </>
  );
}

type VoteProps = { value: Vote; label: string; vote: Vote | undefined; onVote: (vote: Vote) => void };

function VoteButton({ value, label, vote, onVote }: VoteProps) {
  return (
    <button
      type="button"
      className="quiet icon-button small"
      aria-label={label}
      title={label}
      aria-pressed={vote === value}
      onClick={() => onVote(value)}
    >
      <Icon sign={value === "up" ? "thumbUp" : "thumbDown"} />
    </button>
  );
}
