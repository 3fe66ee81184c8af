import type { Meeting, User } from "../api/functions";
import { SidePanel } from "../ui/SidePanel";
import { LazyTranscript } from "./LazyTranscript";
import { modeOf } from "./mode";
import { Switches } from "./Switches";
import type { SpeechState } from "./speech/index";
import type { Transcription } from "./types";

type Props = {
  meeting: Meeting;
  me: User;
  transcription: Transcription | undefined;
  speech: SpeechState | null;
  onClose: () => void;
};

/** Captions beside the call: their switches, and the words that are kept. */
export function CaptionsPanel({ meeting, me, transcription, speech, onClose }: Props) {
  return (
    <SidePanel title="Captions" className="captions-panel" onClose={onClose}>
      {transcription === undefined ? (
        <p className="muted transcript-none">Loading …</p>
      ) : (
        <>
          <Switches meetingId={meeting._id} transcription={transcription} speech={speech} />
          <LazyTranscript meeting={meeting} me={me._id} mode={modeOf(transcription)} live />
        </>
      )}
    </SidePanel>
  );
}
