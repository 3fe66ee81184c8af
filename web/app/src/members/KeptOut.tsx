import { useMutation, useQuery } from "convex/react";
import { useState } from "react";
import { api, messageOf, nameOf } from "../api/functions";
import { Avatar } from "./Avatar";
import "./People.css";

/** For hosts: users who were removed or turned away, with a way to readmit them. */
export function KeptOut({ meetingId }: { meetingId: string }) {
  const people = useQuery(api.keptOut, { meetingId }) ?? [];
  const letInAgain = useMutation(api.letInAgain);
  const [said, setSaid] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const letIn = (userId: string, name: string) =>
    void letInAgain({ meetingId, userId }).then(
      () => {
        setSaid(`${name} can come in again.`);
        setFault(null);
      },
      (reason) => setFault(messageOf(reason)),
    );
  return (
    <>
      {people.length > 0 && (
        <section aria-label="Removed or turned away">
          <h3>Removed or turned away</h3>
          <ul className="members">
            {people.map(({ userId, user, why }) => (
              <li key={userId}>
                <Avatar user={user} />
                <span className="member">
                  <bdi>{nameOf(user)}</bdi>
                  <span className="tag">{why === "removed" ? "Removed" : "Turned away"}</span>
                </span>
                <button type="button" className="small" onClick={() => letIn(userId, nameOf(user))}>
                  <span>
                    Let<span className="sr-only"> {nameOf(user)}</span> in again
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p role="status" className="muted outcome">
        {said}
      </p>
      {fault && <p role="alert">{fault}</p>}
    </>
  );
}
