import { useQuery } from "convex/react";
import { api, nameOf } from "../api/functions";
import { elapsed } from "../ui/time";

/** How long each member spoke. */
export function SpeakingTimes({ meetingId }: { meetingId: string }) {
  const speakers = useQuery(api.speakerTimes, { meetingId })?.filter((one) => one.speakingMs > 0) ?? [];
  if (speakers.length === 0) return null;
  const longest = Math.max(...speakers.map((one) => one.speakingMs));
  return (
    <details className="speaking-times">
      <summary>Who spoke for how long</summary>
      <ul>
        {speakers.map(({ userId, user, speakingMs }) => (
          <li key={userId}>
            <bdi>{nameOf(user)}</bdi>
            <meter min={0} max={longest} value={speakingMs} aria-hidden="true" />
            <span className="muted">{elapsed(speakingMs)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
