import { useMutation } from "convex/react";
import { useState } from "react";
import { api, messageOf, nameOf } from "../api/functions";
import type { CurrentMatch } from "./types";

const RATINGS = [1, 2, 3, 4, 5];
const WORDS = ["", "Not good", "So so", "All right", "Good", "Very good"];

type Props = { matchId: string; partner: CurrentMatch["partner"] | undefined; onThanked?: () => void };

/** One question after the meeting; the answer ends the match for this user, and with it what is shown of it. */
export function HowWasIt({ matchId, partner, onThanked }: Props) {
  const answer = useMutation(api.answerMatch);
  const [rating, setRating] = useState<number | null>(null);
  const [comments, setComments] = useState("");
  const [sent, setSent] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  if (sent) return <Thanks />;
  const send = () =>
    void answer({
      matchId,
      outcome: "completed",
      ...(rating && { feedback: { rating, ...(comments.trim() && { comments: comments.trim() }) } }),
    }).then(
      () => {
        setSent(true);
        onThanked?.();
      },
      (reason) => setFault(messageOf(reason)),
    );
  return (
    <form
      className="stack how"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <fieldset>
        <legend>
          {partner ? (
            <>
              How was it with <bdi>{nameOf(partner)}</bdi>?
            </>
          ) : (
            "How was it?"
          )}
        </legend>
        <div className="choices">
          {RATINGS.map((one) => (
            <label key={one} className="check">
              <input type="radio" name="rating" checked={rating === one} onChange={() => setRating(one)} />
              {WORDS[one]}
            </label>
          ))}
        </div>
      </fieldset>
      {rating !== null && (
        <label>
          A word about it, for you and the operators only
          <textarea maxLength={1000} rows={2} value={comments} onChange={(event) => setComments(event.target.value)} />
        </label>
      )}
      {fault && <p role="alert">{fault}</p>}
      <div className="row">
        <button type="submit" className="primary" disabled={rating === null}>
          Send
        </button>
        <button type="button" onClick={send}>
          Skip
        </button>
      </div>
    </form>
  );
}

export function Thanks() {
  return (
    <p role="status" className="thanks">
      Thank you.
    </p>
  );
}
