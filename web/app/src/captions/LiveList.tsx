import { useQuery } from "convex/react";
import { api, nameOf } from "../api/functions";
import { plain } from "../ui/text";
import { useCaptionSettings } from "./settings";

/** The final words of the last seconds, for those who read along with a screen reader or on a braille display. */
export function LiveList({ meetingId }: { meetingId: string }) {
  const { aloud } = useCaptionSettings();
  const words = useQuery(api.liveCaptions, { meetingId })?.filter((one) => !one.isInterim) ?? [];
  return (
    <div className="transcript-scroll" role="log" aria-label="Captions" aria-live={aloud ? "polite" : "off"}>
      {words.length === 0 && <p className="muted">Words stay here for some seconds.</p>}
      <ol className="transcript-chunks">
        {words.map((one) => (
          <li key={one._id}>
            <p className="chunk-by">
              <strong>
                <bdi>{nameOf(one.speaker)}</bdi>
              </strong>
            </p>
            <p className="chunk-text" dir="auto">
              {plain(one.text)}
            </p>
          </li>
        ))}
      </ol>
    </div>
  );
}
