import { useQuery } from "convex/react";
import { type RefObject, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { api } from "../api/functions";
import { personColor } from "../members/person";
import { EMPTY, followed, MAX_COLUMNS, nextEnd, type Screen, shownOn } from "./overlay";
import { useCaptionSettings } from "./settings";
import type { LiveCaption } from "./types";
import "./Captions.css";

type Props = { meetingId: string; me: string; problem: string | null };

const NONE: LiveCaption[] = [];

/**
 * The words of those who speak, below their pictures. It is no live region: a screen reader would talk over the voices,
 * and the panel has the same words to read.
 */
export function CaptionsOverlay({ meetingId, me, problem }: Props) {
  const { size, strong } = useCaptionSettings();
  const captions = useQuery(api.liveCaptions, { meetingId }) ?? NONE;
  const area = useRef<HTMLDivElement>(null);
  const columns = useColumns(area, size);
  const screen = useRef<Screen>(EMPTY);
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const now = Date.now();
  // biome-ignore lint/correctness/useExhaustiveDependencies: an answer is followed once, when it comes
  useMemo(() => {
    screen.current = followed(screen.current, captions, columns, now);
  }, [captions, columns]);
  const end = nextEnd(screen.current, now);
  useEffect(() => {
    if (end === null) return;
    const timer = setTimeout(draw, Math.max(0, end - Date.now()));
    return () => clearTimeout(timer);
  }, [end]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of texts, not of fields
    <div className="captions" role="group" aria-label="Captions" data-size={size} data-strong={strong || undefined}>
      <div className="captions-lines" ref={area}>
        {shownOn(screen.current, columns, now).map(({ speakerId, name, lines }) => (
          <p key={speakerId} dir="auto">
            <bdi className="captions-name">
              <i style={{ backgroundColor: personColor(speakerId) }} />
              {speakerId === me ? "You" : name}
            </bdi>
            {lines.map((line, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place, and its words change in it
              <span key={place}>{line}</span>
            ))}
          </p>
        ))}
      </div>
      <p className="captions-problem" role="status">
        {problem}
      </p>
    </div>
  );
}

/** In parts of the size of the type, as in Captions.css: a letter, a line with its margins, and these margins. */
const LETTER_EM = 0.53;
const LINE_EM = 24;
const MARGINS_EM = 1;

/** Return how many letters fit in a line. */
function useColumns(area: RefObject<HTMLElement | null>, size: string): number {
  const [columns, setColumns] = useState(MAX_COLUMNS);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the size changes the type
  useEffect(() => {
    const shown = area.current;
    if (!shown) return;
    const measure = () => {
      const em = Number.parseFloat(getComputedStyle(shown).fontSize);
      const width = Math.min(shown.clientWidth / em, LINE_EM) - MARGINS_EM;
      setColumns(Math.max(1, Math.min(MAX_COLUMNS, Math.floor(width / LETTER_EM))));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(shown);
    measure();
    return () => observer.disconnect();
  }, [area, size]);
  return columns;
}
