import { useMutation, useQuery } from "convex/react";
import { useState } from "react";
import { api, messageOf } from "../api/functions";
import { LanguageChoice } from "./LanguageChoice";
import { firstLanguage } from "./languages";
import { questionFor } from "./statusText";
import type { Transcription } from "./types";
import { browserLanguage } from "./useTranscription";

type Props = { meetingId: string; transcription: Transcription | undefined };

/** Asks whether the user's speech may be recognised. Nothing is sent before the answer. */
export function SpeechQuestion({ meetingId, transcription }: Props) {
  const answer = useMutation(api.answerTranscription);
  const [chosen, setChosen] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const me = useQuery(api.getCurrentUser, {});
  const known = transcription?.languages ?? [];
  const language = chosen ?? firstLanguage(transcription?.language ?? browserLanguage(), known);
  const asks = transcription?.mustAnswer === true;
  const question = asks && questionFor(transcription, me?._id);
  const say = (allowed: boolean) =>
    void answer({ meetingId, allowed, language }).then(
      () => setFault(null),
      (reason) => setFault(messageOf(reason)),
    );
  return (
    <div className={asks ? "wish speech-question" : ""} role="alert">
      {question && (
        <>
          <p>{question.title}</p>
          <p className="muted">{question.text}</p>
          <LanguageChoice language={language} known={known} onChoose={setChosen} />
          <span className="row">
            <button type="button" className="primary" onClick={() => say(true)}>
              {question.yes}
            </button>
            <button type="button" onClick={() => say(false)}>
              Keep them out
            </button>
          </span>
          {fault && <p className="fault">{fault}</p>}
        </>
      )}
    </div>
  );
}
