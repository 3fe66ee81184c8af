import { useMutation, useQuery } from "convex/react";
import { useState } from "react";
import { api, type Invitation, messageOf, nameOf } from "../api/functions";
import { Report } from "../members/Report";
import { Confirm } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { Menu, MenuItem } from "../ui/Menu";
import { go } from "../ui/router";
import { isolate } from "../ui/text";
import { dayAndClock } from "../ui/time";

const FIRST = 5;

/** Invitations of strangers or by e-mail address, which are not in the lists until accepted. */
export function Invitations() {
  const invitations = useQuery(api.invitations, {}) ?? [];
  const [all, setAll] = useState(false);
  const [said, setSaid] = useState("");
  const shown = all ? invitations : invitations.slice(0, FIRST);
  return (
    <>
      <p role="status" className="muted outcome">
        {said}
      </p>
      {invitations.length > 0 && (
        <section aria-label="Invitations">
          <h2 className="group-title">Invitations</h2>
          <ul className="meetings card">
            {shown.map((one) => (
              <Row key={one.meetingId} invitation={one} onSaid={setSaid} />
            ))}
          </ul>
          {invitations.length > shown.length && (
            <button type="button" className="more" onClick={() => setAll(true)}>
              Show all {invitations.length}
            </button>
          )}
        </section>
      )}
    </>
  );
}

function Row({ invitation, onSaid }: { invitation: Invitation; onSaid: (words: string) => void }) {
  const { meetingId, title, invitedBy, scheduledAt, state } = invitation;
  const accept = useMutation(api.acceptInvitation);
  const decline = useMutation(api.declineInvitation);
  const block = useMutation(api.block);
  const [asking, setAsking] = useState<"block" | "report" | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const attempt = (work: Promise<unknown>, done: () => void) =>
    void work.then(done, (reason) => setFault(messageOf(reason)));
  const host = nameOf(invitedBy);
  return (
    <li className="meeting invitation">
      <span className="invitation-words">
        <span className="meeting-title">
          <bdi>{title}</bdi>
        </span>
        <span className="muted">
          From <bdi>{host}</bdi>
          {scheduledAt !== undefined && ` · ${dayAndClock(scheduledAt)}`}
          {state === "active" && " · Now"}
        </span>
      </span>
      <span className="row">
        <button
          type="button"
          className="small primary"
          aria-label={`Accept ${isolate(title)}`}
          onClick={() => attempt(accept({ meetingId }), () => go(`/m/${meetingId}`))}
        >
          Accept
        </button>
        <button
          type="button"
          className="small"
          aria-label={`Decline ${isolate(title)}`}
          onClick={() => attempt(decline({ meetingId }), () => onSaid("The invitation has been declined."))}
        >
          Decline
        </button>
        <Menu label={`More for ${isolate(title)}`} button={<Icon sign="more" />}>
          <MenuItem sign="alert" onClick={() => setAsking("report")}>
            Report
          </MenuItem>
          <MenuItem sign="close" danger onClick={() => setAsking("block")}>
            Block {host}
          </MenuItem>
        </Menu>
      </span>
      {fault && <p role="alert">{fault}</p>}
      {asking === "block" && (
        <Confirm
          title={`Block ${host}?`}
          text="You will not see their invitations. They are not told, and you can undo this."
          yes="Block"
          onYes={() => attempt(block({ userId: invitedBy._id }), () => onSaid(`${host} is blocked.`))}
          onClose={() => setAsking(null)}
        />
      )}
      {asking === "report" && (
        <Report
          title="Report this invitation"
          target={{ meetingId }}
          onSent={() => onSaid("Your report has been sent.")}
          onClose={() => setAsking(null)}
        />
      )}
    </li>
  );
}
