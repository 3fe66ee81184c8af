import { useMutation, useQuery } from "convex/react";
import { useState } from "react";
import { api, messageOf, nameOf } from "../api/functions";
import { Avatar } from "../members/Avatar";
import { Icon } from "../ui/Icon";
import { follow } from "../ui/router";
import { HowWasIt } from "./HowWasIt";
import { agreedInWords } from "./time";
import type { CurrentMatch } from "./types";
import { useNow } from "./useNow";

type Props = { match: CurrentMatch; meetingId: string; onThanked: () => void };

/** A match that both have accepted: the way to its meeting and, once both were in it, the question how it was. */
export function Confirmed({ match, meetingId, onThanked }: Props) {
  const meeting = useQuery(api.getMeeting, { meetingId });
  const toRate = useQuery(api.matchToRate, { meetingId });
  const now = useNow();
  const over = meeting?.state === "concluded";
  const path = `/m/${meetingId}`;
  return (
    <section className="card stack" aria-labelledby="meet-confirmed">
      <div className="meet-person">
        <Avatar user={match.partner} size="large" />
        <h2 id="meet-confirmed">
          {over ? "You met" : "You meet"} <bdi>{nameOf(match.partner)}</bdi>
          {over && "."}
        </h2>
      </div>
      <p role="status">{!over && agreedInWords(match.startsAt, now)}</p>
      {!over && (
        <div className="row">
          <a className="button primary large" href={path} onClick={(event) => follow(event, path)}>
            <Icon sign="camera" />
            <span>To the lobby</span>
          </a>
          {meeting?.state === "scheduled" && <CallOff matchId={match.matchId} />}
        </div>
      )}
      {toRate && <HowWasIt matchId={match.matchId} partner={match.partner} onThanked={onThanked} />}
    </section>
  );
}

/** Ends the match for both, before its meeting; the other user is not told why. */
function CallOff({ matchId }: { matchId: string }) {
  const answer = useMutation(api.answerMatch);
  const [fault, setFault] = useState<string | null>(null);
  const callOff = () => void answer({ matchId, outcome: "declined" }).catch((reason) => setFault(messageOf(reason)));
  return (
    <>
      <button type="button" onClick={callOff}>
        Call it off
      </button>
      {fault && <p role="alert">{fault}</p>}
    </>
  );
}
