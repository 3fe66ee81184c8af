import { useMutation, useQuery } from "convex/react";
import { useId, useState } from "react";
import { api, type Door as DoorState, messageOf, nameOf, type Waiting } from "../api/functions";
import { Avatar } from "./Avatar";
import "./Door.css";
import "./People.css";

const STATES: { door: DoorState; words: string }[] = [
  { door: "open", words: "Anyone with the link can join" },
  { door: "ask", words: "Newcomers wait for a host" },
  { door: "closed", words: "Nobody new can join" },
];

/** For hosts: who may join by the link, and users waiting to be let in. */
export function Door({ meetingId }: { meetingId: string }) {
  const id = useId();
  const door = useQuery(api.door, { meetingId })?.door;
  const set = useMutation(api.setDoor);
  const [fault, setFault] = useState<string | null>(null);
  const choose = (wanted: DoorState) =>
    void set({ meetingId, door: wanted }).then(
      () => setFault(null),
      (reason) => setFault(messageOf(reason)),
    );
  return (
    <div className="door">
      <label htmlFor={id}>Door</label>
      <select id={id} value={door ?? "open"} onChange={(event) => choose(event.target.value as DoorState)}>
        {STATES.map(({ door: one, words }) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
      {fault && <p role="alert">{fault}</p>}
      <WaitingList meetingId={meetingId} />
    </div>
  );
}

function WaitingList({ meetingId }: { meetingId: string }) {
  const waiting = useQuery(api.waiting, { meetingId }) ?? [];
  if (waiting.length === 0) return null;
  return (
    <section aria-label="Waiting to be let in">
      <h3>Waiting to be let in</h3>
      <ul className="members">
        {waiting.map((one) => (
          <li key={one.userId}>
            <Avatar user={one.user} />
            <span className="member">
              <bdi>{nameOf(one.user)}</bdi>
            </span>
            <Answer meetingId={meetingId} one={one} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The user who has waited longest, over the pictures of the call. */
export function DoorBell({ meetingId }: { meetingId: string }) {
  const waiting = useQuery(api.waiting, { meetingId }) ?? [];
  const first = waiting.at(0);
  const others = waiting.length - 1;
  return (
    <div className={first ? "wish" : ""} role="status">
      {first && (
        <>
          <p>
            <bdi>{nameOf(first.user)}</bdi> is waiting to be let in
            {others > 0 && ` (${others} more in People)`}.
          </p>
          <Answer meetingId={meetingId} one={first} />
        </>
      )}
    </div>
  );
}

function Answer({ meetingId, one }: { meetingId: string; one: Waiting }) {
  const admit = useMutation(api.admit);
  const turnAway = useMutation(api.turnAway);
  const [fault, setFault] = useState<string | null>(null);
  const { userId, user } = one;
  const attempt = (work: Promise<unknown>) => void work.catch((reason) => setFault(messageOf(reason)));
  return (
    <span className="row answer">
      <button type="button" className="small primary" onClick={() => attempt(admit({ meetingId, userId }))}>
        <span>
          Let<span className="sr-only"> {nameOf(user)}</span> in
        </span>
      </button>
      <button type="button" className="small" onClick={() => attempt(turnAway({ meetingId, userId }))}>
        <span>
          Turn<span className="sr-only"> {nameOf(user)}</span> away
        </span>
      </button>
      {fault && <span role="alert">{fault}</span>}
    </span>
  );
}
