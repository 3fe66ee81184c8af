import { useQuery } from "convex/react";
import { useRef } from "react";
import { api, type Feedback } from "../api/functions";
import { Icon } from "../ui/Icon";
import { plain } from "../ui/text";
import { Origin } from "./Origin";
import { useFeedback } from "./useFeedback";
import "./Prompts.css";

/** One hint at a time above the controls. It is read aloud, and never takes the focus. */
export function NudgeCard({ meetingId }: { meetingId: string }) {
  const live = useQuery(api.nudges, { meetingId });
  const rating = useFeedback();
  const card = useRef<HTMLDivElement>(null);
  const nudge = rating.shown(live?.prompts ?? []).find((one) => one.feedback !== "used");
  if (!nudge) return <div role="status" />;

  function answer(feedback: Feedback) {
    if (!nudge) return;
    // The pressed button disappears: the keyboard goes on at the controls, which are next.
    if (feedback !== "upvoted" && card.current?.contains(document.activeElement)) {
      document.querySelector<HTMLElement>(".controls button")?.focus({ preventScroll: true });
    }
    rating.rate(nudge, feedback);
  }

  return (
    <div role="status" className="nudge" ref={card}>
      <Icon sign="idea" />
      <p dir="auto">
        {plain(nudge.content)}
        <Origin prompt={nudge} />
      </p>
      <span className="prompt-actions">
        <button type="button" className="small" onClick={() => answer("used")}>
          Used
        </button>
        <button
          type="button"
          className="quiet icon-button small"
          aria-label="Helpful"
          title="Helpful"
          aria-pressed={nudge.feedback === "upvoted"}
          onClick={() => answer("upvoted")}
        >
          <Icon sign="thumbUp" />
        </button>
        <button
          type="button"
          className="quiet icon-button small"
          aria-label="Dismiss the hint"
          title="Dismiss"
          onClick={() => answer("dismissed")}
        >
          <Icon sign="close" />
        </button>
      </span>
    </div>
  );
}
