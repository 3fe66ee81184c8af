import { useMutation, useQuery } from "convex/react";
import { useState } from "react";
import { api, messageOf } from "../api/functions";
import { DeleteOwnWords } from "./DeleteOwnWords";
import { LanguageChoice } from "./LanguageChoice";
import { firstLanguage } from "./languages";
import { mayHear } from "./mode";
import type { Transcription } from "./types";
import { browserLanguage } from "./useTranscription";

type Props = { meetingId: string; transcription: Transcription };

/** The user's own words: captioned or kept out, at any time. Keeping them out offers to delete those that are kept. */
export function OwnSpeech({ meetingId, transcription }: Props) {
  const answer = useMutation(api.answerTranscription);
  const speakers = useQuery(api.speakerTimes, { meetingId });
  const me = useQuery(api.getCurrentUser, {});
  const [offering, setOffering] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const allowed = mayHear(transcription);
  const language = firstLanguage(transcription.language ?? browserLanguage(), transcription.languages);
  const hasWords = speakers?.some((one) => one.userId === me?._id && one.chunks > 0) ?? false;

  async function say(isAllowed: boolean, spoken: string) {
    try {
      await answer({ meetingId, allowed: isAllowed, language: spoken });
      setFault(null);
      if (!isAllowed && hasWords) setOffering(true);
    } catch (reason) {
      setFault(messageOf(reason));
    }
  }

  return (
    <div className="captions-own">
      <label className="check">
        <input type="checkbox" checked={allowed} onChange={() => void say(!allowed, language)} />
        Caption my words
      </label>
      {allowed && (
        <LanguageChoice
          language={language}
          known={transcription.languages}
          onChoose={(chosen) => void say(true, chosen)}
        />
      )}
      {fault && <p role="alert">{fault}</p>}
      {offering && <DeleteOwnWords meetingId={meetingId} onClose={() => setOffering(false)} />}
    </div>
  );
}
