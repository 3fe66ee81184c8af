import { useQuery } from "convex/react";
import { api, type Meeting } from "../api/functions";
import { LazyTranscript } from "./LazyTranscript";

/** The transcript on the page after a call; nothing if no words were kept. */
export function TranscriptCard({ meeting, me }: { meeting: Meeting; me: string }) {
  const extent = useQuery(api.transcriptExtent, { meetingId: meeting._id });
  if (!extent || extent.lastSequence === 0) return null;
  return (
    <section className="card transcript-card" aria-labelledby="transcript-heading">
      <h2 id="transcript-heading">Transcript</h2>
      <LazyTranscript meeting={meeting} me={me} mode="off" live={false} />
    </section>
  );
}
