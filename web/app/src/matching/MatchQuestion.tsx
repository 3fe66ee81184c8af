import { useQuery } from "convex/react";
import { useState } from "react";
import { api, type UserCard } from "../api/functions";
import { HowWasIt } from "./HowWasIt";

type Props = { meetingId: string; partner: UserCard | undefined };

/** The question how it was, after the meeting of a match; nothing after any other meeting. */
export function MatchQuestion(props: Props) {
  const offered = useQuery(api.matchingAvailability, {});
  return offered?.enabled ? <Question {...props} /> : null;
}

function Question({ meetingId, partner }: Props) {
  const found = useQuery(api.matchToRate, { meetingId }) ?? null;
  // The answer ends the match, and is still to be thanked for.
  const [asked, setAsked] = useState<string | null>(null);
  if (found !== null && found !== asked) setAsked(found);
  if (asked === null) return null;
  return (
    <section className="card">
      <HowWasIt matchId={asked} partner={partner} />
    </section>
  );
}
