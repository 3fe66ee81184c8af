import { useAction, useQuery } from "convex/react";
import { useEffect, useRef, useState } from "react";
import { api, type Meeting, messageOf, type Prompt } from "../api/functions";
import { Icon } from "../ui/Icon";
import { plain } from "../ui/text";
import { Origin } from "./Origin";
import { type Rating, useFeedback } from "./useFeedback";
import "./Prompts.css";

type Props = { meeting: Meeting; memberCount: number };

/** As many as fit beside the rest of the lobby. */
const FEW = 3;

/** Ideas for the beginning of a call. They are made again when members come. */
export function Ideas({ meeting, memberCount }: Props) {
  const meetingId = meeting._id;
  const ideas = useQuery(api.ideas, { meetingId });
  const make = useAction(api.makeIdeas);
  const rating = useFeedback();
  const [all, setAll] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other members are other ideas
  useEffect(() => {
    // The ideas that there are stay if this fails, so nobody has to know.
    void make({ meetingId }).catch(() => undefined);
  }, [make, meetingId, memberCount]);
  const found = rating.shown(ideas ?? []);
  if (found.length === 0) return null;
  const host = meeting.userRole === "host";
  const refresh = () =>
    void make({ meetingId, forceRegenerate: true }).then(
      () => setFault(null),
      (reason) => setFault(messageOf(reason)),
    );
  return (
    <section className="card ideas" aria-labelledby="ideas-heading">
      <div className="ideas-head">
        <h2 id="ideas-heading">Ideas to begin with</h2>
        {host && (
          <button
            type="button"
            className="quiet icon-button small"
            aria-label="New ideas"
            title="New ideas"
            onClick={refresh}
          >
            <Icon sign="repeat" />
          </button>
        )}
      </div>
      <ul ref={list} tabIndex={-1}>
        {found.slice(0, all ? found.length : FEW).map((idea) => (
          <Idea
            key={idea._id}
            idea={idea}
            rating={rating}
            onDismiss={() => list.current?.focus({ preventScroll: true })}
          />
        ))}
      </ul>
      {found.length > FEW && (
        <button type="button" className="quiet small" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "Show fewer" : `Show all ${found.length}`}
        </button>
      )}
      {(fault ?? rating.fault) && <p role="alert">{fault ?? rating.fault}</p>}
    </section>
  );
}

function Idea({ idea, rating, onDismiss }: { idea: Prompt; rating: Rating; onDismiss: () => void }) {
  const liked = idea.feedback === "upvoted";
  return (
    <li className="idea">
      <p dir="auto">
        {plain(idea.content)}
        <Origin prompt={idea} />
      </p>
      <span className="prompt-actions">
        <button
          type="button"
          className="quiet icon-button small"
          aria-label="Good idea"
          title="Good idea"
          aria-pressed={liked}
          onClick={() => rating.rate(idea, "upvoted")}
        >
          <Icon sign="thumbUp" />
        </button>
        <button
          type="button"
          className="quiet icon-button small"
          aria-label="Dismiss"
          title="Dismiss"
          onClick={() => {
            rating.rate(idea, "dismissed");
            onDismiss();
          }}
        >
          <Icon sign="close" />
        </button>
      </span>
    </li>
  );
}
