import { useMutation, useQuery } from "convex/react";
import { useState } from "react";
import { api, messageOf, nameOf } from "../api/functions";

/** The users this user has blocked, with a way to unblock them. */
export function BlockedPeople() {
  const blocked = useQuery(api.blocked, {}) ?? [];
  const unblock = useMutation(api.unblock);
  const [fault, setFault] = useState<string | null>(null);
  if (blocked.length === 0) return null;
  return (
    <details className="blocked">
      <summary>Blocked people ({blocked.length})</summary>
      <ul className="meetings card">
        {blocked.map(({ userId, displayName }) => {
          const name = nameOf({ _id: userId, ...(displayName && { displayName }) });
          return (
            <li key={userId} className="meeting invitation">
              <span className="invitation-words">
                <bdi>{name}</bdi>
              </span>
              <button
                type="button"
                className="small"
                aria-label={`Unblock ${name}`}
                onClick={() => void unblock({ userId }).catch((reason) => setFault(messageOf(reason)))}
              >
                Unblock
              </button>
            </li>
          );
        })}
      </ul>
      {fault && <p role="alert">{fault}</p>}
    </details>
  );
}
