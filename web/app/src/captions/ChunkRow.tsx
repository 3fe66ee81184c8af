import { memo, useState } from "react";
import { nameOf } from "../api/functions";
import { Avatar } from "../members/Avatar";
import { Icon } from "../ui/Icon";
import { plain } from "../ui/text";
import { Correction } from "./Correction";
import type { Chunk } from "./types";

type Props = {
  chunk: Chunk;
  mine: boolean;
  mayCorrect: boolean;
  goesOn: boolean;
  found: boolean;
  time: string;
  /** Where the recording of these words begins. */
  recorded: string | null;
};

/** A piece of speech, which its speaker and hosts can correct. */
export const ChunkRow = memo(function ChunkRow({ chunk, mine, mayCorrect, goesOn, found, time, recorded }: Props) {
  const [correcting, setCorrecting] = useState(false);
  const { sequence, speaker, text, revision, firstText } = chunk;
  return (
    <li data-sequence={sequence} data-goes-on={goesOn || undefined} data-found={found || undefined} tabIndex={-1}>
      {!goesOn && <Avatar user={speaker} />}
      <p className={goesOn ? "sr-only" : "chunk-by"}>
        <strong>{mine ? "You" : <bdi>{nameOf(speaker)}</bdi>}</strong> <span className="muted">{time}</span>
      </p>
      {correcting ? (
        <Correction chunk={chunk} onDone={() => setCorrecting(false)} />
      ) : (
        <div className="chunk-line">
          <p className="chunk-text" dir="auto">
            {plain(text)}
            {revision > 0 && (
              <>
                {" "}
                <span className="chunk-corrected muted" title={firstText && `Recognised: ${plain(firstText)}`}>
                  corrected
                </span>
              </>
            )}
          </p>
          {recorded && (
            <a
              className="icon-button small chunk-tool"
              href={recorded}
              target="_blank"
              rel="noopener noreferrer nofollow"
              title="Play the recording from here"
            >
              <Icon sign="record" />
              <span className="sr-only">Play the recording from “{plain(text)}”</span>
            </a>
          )}
          {mayCorrect && (
            <button
              type="button"
              className="quiet icon-button small chunk-tool"
              title="Correct"
              onClick={() => setCorrecting(true)}
            >
              <Icon sign="edit" />
              <span className="sr-only">Correct “{plain(text)}”</span>
            </button>
          )}
        </div>
      )}
    </li>
  );
});
