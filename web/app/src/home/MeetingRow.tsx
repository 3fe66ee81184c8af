import { useMutation } from "convex/react";
import { useState } from "react";
import { api, type ListedMeeting, messageOf, titleOf } from "../api/functions";
import { useInvitation } from "../members/InviteLink";
import { Confirm } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { Menu, MenuItem } from "../ui/Menu";
import { follow, go } from "../ui/router";
import { isolate } from "../ui/text";
import { clock } from "../ui/time";
import { dayInWords } from "../ui/wallClock";
import { isOpen, isReopenable, statusOf, timeOf } from "./agenda";
import { meetingAddress, saveToCalendar } from "./saveToCalendar";

/** One meeting: time, title, state, and actions. */
export function MeetingRow({ meeting, now }: { meeting: ListedMeeting; now: number }) {
  const at = timeOf(meeting);
  const status = statusOf(meeting, now);
  const path = `/m/${meeting._id}`;
  return (
    <li className="meeting">
      <a className="meeting-link" href={path} onClick={(event) => follow(event, path)}>
        <span className="meeting-title">
          <bdi>{titleOf(meeting)}</bdi>
        </span>
        <span className="meeting-facts">
          <time className="meeting-time" dateTime={new Date(at).toISOString()}>
            <strong>{clock(at)}</strong>
            <span className="muted meeting-day">{dayInWords(at, now)}</span>
          </time>
          {status && <span className={`tag ${status.tone}`}>{status.words}</span>}
        </span>
        {meeting.state === "active" && <span className="button small primary">Join</span>}
      </a>
      {isOpen(meeting) && <Actions meeting={meeting} />}
      {isReopenable(meeting, now) && meeting.userRole !== "observer" && <Reopening meeting={meeting} />}
    </li>
  );
}

/** Offers to reopen a meeting that all members left, perhaps by accident, under the same link. */
function Reopening({ meeting }: { meeting: ListedMeeting }) {
  const reopen = useMutation(api.reopenMeeting);
  const [fault, setFault] = useState<string | null>(null);
  const meetingId = meeting._id;
  const path = `/m/${meetingId}`;
  return (
    <>
      <button
        type="button"
        className="small"
        onClick={() =>
          void reopen({ meetingId }).then(
            () => go(path),
            (reason) => setFault(messageOf(reason)),
          )
        }
      >
        <span>
          Open<span className="sr-only"> {titleOf(meeting)}</span> again
        </span>
      </button>
      {fault && <p role="alert">{fault}</p>}
    </>
  );
}

function Actions({ meeting }: { meeting: ListedMeeting }) {
  const cancel = useMutation(api.cancelMeeting);
  const host = meeting.userRole === "host";
  const { address, said, copy, make } = useInvitation(meeting._id, host);
  const [asking, setAsking] = useState(false);
  const [fault, setFault] = useState<string | null>(null);

  async function save() {
    try {
      saveToCalendar(meeting, timeOf(meeting), host ? await make() : meetingAddress(meeting._id));
    } catch (reason) {
      setFault(messageOf(reason));
    }
  }

  return (
    <>
      <span className="meeting-actions">
        {host && (
          <button
            type="button"
            className="quiet icon-button"
            title="Copy invitation link"
            aria-label={`Copy invitation link of ${titleOf(meeting)}`}
            onClick={() => void copy()}
          >
            <Icon sign="link" />
          </button>
        )}
        <Menu label={`More for ${titleOf(meeting)}`} button={<Icon sign="more" />}>
          {host && (
            <MenuItem sign="link" onClick={() => void copy()}>
              Copy the link
            </MenuItem>
          )}
          <MenuItem sign="calendar" onClick={() => void save()}>
            Save as calendar file
          </MenuItem>
          {host && meeting.state === "scheduled" && (
            <MenuItem sign="close" danger onClick={() => setAsking(true)}>
              Cancel the meeting
            </MenuItem>
          )}
        </Menu>
      </span>
      {address && (
        <input
          readOnly
          value={address}
          aria-label={`Invitation link of ${titleOf(meeting)}`}
          onFocus={(event) => event.target.select()}
        />
      )}
      <p role="status" className="muted">
        {said}
      </p>
      {fault && <p role="alert">{fault}</p>}
      {asking && (
        <Confirm
          title="Cancel this meeting?"
          text={`“${isolate(meeting.title)}” will not take place, and its link stops working. This cannot be undone.`}
          yes="Cancel the meeting"
          no="Keep it"
          onYes={() => void cancel({ meetingId: meeting._id }).catch((reason) => setFault(messageOf(reason)))}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
