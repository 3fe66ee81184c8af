import { useMutation } from "convex/react";
import { useState } from "react";
import { api, messageOf, nameOf } from "../api/functions";
import { Avatar } from "../members/Avatar";
import { Confirm } from "../ui/Dialog";
import { dayAndClock } from "../ui/time";
import { isNow, timeLeft } from "./time";
import type { CurrentMatch } from "./types";
import { useNow } from "./useNow";

/** A person to meet, with the reasons and the time left to answer. */
export function Proposal({ match }: { match: CurrentMatch }) {
  const answer = useMutation(api.answerMatch);
  const block = useMutation(api.block);
  const [busy, setBusy] = useState(false);
  const [blocking, setBlocking] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const now = useNow();
  const name = match.partner.displayName ? nameOf(match.partner) : null;
  const give = (outcome: "accepted" | "declined") => {
    setBusy(true);
    setFault(null);
    void answer({ matchId: match.matchId, outcome })
      .catch((reason) => setFault(messageOf(reason)))
      .finally(() => setBusy(false));
  };
  return (
    <section className="card stack" aria-labelledby="meet-proposal">
      <div className="meet-person">
        <Avatar user={match.partner} size="large" />
        <h2 id="meet-proposal">
          {name ? (
            <>
              You could meet <bdi>{name}</bdi>
            </>
          ) : (
            "You could meet someone"
          )}
        </h2>
      </div>
      <ul className="meet-reasons">
        {match.explanation.map((reason) => (
          <li key={reason}>
            <bdi>{reason}</bdi>
          </li>
        ))}
      </ul>
      <p>{isNow(match.startsAt, now) ? "Both of you have time now." : `On ${dayAndClock(match.startsAt)}.`}</p>
      <p className="muted">
        <span>Time left to answer: </span>
        <time className="meet-clock">{timeLeft(match.respondBy, now)}</time>
      </p>
      <p role="status">{match.myAnswer === "accepted" && "You have agreed. Waiting for the other answer …"}</p>
      {fault && <p role="alert">{fault}</p>}
      <div className="row">
        {match.myAnswer !== "accepted" && (
          <button type="button" className="primary large" disabled={busy} onClick={() => give("accepted")}>
            Yes, let us meet
          </button>
        )}
        <button type="button" className="large" disabled={busy} onClick={() => give("declined")}>
          Not this time
        </button>
        <button type="button" className="quiet danger" onClick={() => setBlocking(true)}>
          Block
        </button>
      </div>
      <p className="muted hint">Nobody is told who said no. If you do not answer, you lose your place in the queue.</p>
      {blocking && (
        <Confirm
          title="Block this person?"
          text="You two are not proposed to each other any more. They are not told, and you can undo this."
          yes="Block"
          onYes={() => void block({ userId: match.partner._id }).catch((reason) => setFault(messageOf(reason)))}
          onClose={() => setBlocking(false)}
        />
      )}
    </section>
  );
}
