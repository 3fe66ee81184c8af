import { useQuery } from "convex/react";
import { api } from "../api/functions";
import { Icon } from "../ui/Icon";
import { follow } from "../ui/router";

export const MEET_PATH = "/meet";

/** The way from the home page to meeting somebody, where this server offers it; says if a proposal waits. */
export function MeetCard() {
  const offered = useQuery(api.matchingAvailability, {});
  return offered?.enabled ? <Link /> : null;
}

function Link() {
  const match = useQuery(api.currentMatch, {});
  const words = match?.state === "proposed" && !match.myAnswer ? "Someone could meet you. Answer now." : WORDS;
  return (
    <section className="card meet-card" aria-labelledby="meet-card">
      <div>
        <h2 id="meet-card" className="start-title">
          Meet somebody
        </h2>
        <p className="muted hint">{words}</p>
      </div>
      <a className="button" href={MEET_PATH} onClick={(event) => follow(event, MEET_PATH)}>
        <Icon sign="people" />
        <span>{match ? "See your match" : "Find someone"}</span>
      </a>
    </section>
  );
}

const WORDS = "Say when you have time and what you would like to talk about.";
