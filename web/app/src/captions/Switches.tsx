import { useMutation } from "convex/react";
import { useState } from "react";
import { api, messageOf } from "../api/functions";
import { Icon } from "../ui/Icon";
import { Look } from "./Look";
import { modeOf } from "./mode";
import { OwnSpeech } from "./OwnSpeech";
import type { SpeechState } from "./speech/index";
import { modeInWords, problemOf } from "./statusText";
import type { OnMode, Transcription } from "./types";

type Props = { meetingId: string; transcription: Transcription; speech: SpeechState | null };

/** What is on for everyone, what is on for the user, and how this device shows it. */
export function Switches({ meetingId, transcription, speech }: Props) {
  const start = useMutation(api.startTranscription);
  const stop = useMutation(api.stopTranscription);
  const [fault, setFault] = useState<string | null>(null);
  const tell = (reason: unknown) => setFault(messageOf(reason));
  const turn = (mode: OnMode) => void start({ meetingId, mode }).then(() => setFault(null), tell);
  const { canStart, canStop } = transcription;
  const mode = modeOf(transcription);
  const problem = problemOf(transcription, speech);
  return (
    <section className="captions-switches" aria-label="Switches">
      <div className="captions-mode">
        <p role="status">{modeInWords(transcription)}</p>
        <Look />
      </div>
      {mode === "off" && <Explanation canStart={canStart} />}
      {problem && (
        <p className="alert fair">
          <Icon sign="alert" />
          <span>{problem}</span>
        </p>
      )}
      {(canStart.length > 0 || (canStop && mode !== "off")) && (
        <div className="row">
          {canStart.includes("captions") && (
            <button type="button" className={mode === "off" ? "primary" : "small"} onClick={() => turn("captions")}>
              {mode === "transcript" ? "Captions only" : "Turn on captions"}
            </button>
          )}
          {canStart.includes("transcript") && (
            <button type="button" className={mode === "off" ? "" : "small"} onClick={() => turn("transcript")}>
              Keep a transcript
            </button>
          )}
          {canStop && mode !== "off" && (
            <button
              type="button"
              className="small"
              onClick={() => void stop({ meetingId }).then(() => setFault(null), tell)}
            >
              Turn off
            </button>
          )}
        </div>
      )}
      {fault && <p role="alert">{fault}</p>}
      {transcription.mode !== "off" && <OwnSpeech meetingId={meetingId} transcription={transcription} />}
    </section>
  );
}

function Explanation({ canStart }: { canStart: readonly OnMode[] }) {
  if (canStart.length === 0) return <p className="muted">This meeting was created without them.</p>;
  return (
    <p className="muted">
      Captions show everyone what is said, and nothing is kept. A transcript also keeps the words with the meeting.
      Members are asked before their own words are used.
    </p>
  );
}
