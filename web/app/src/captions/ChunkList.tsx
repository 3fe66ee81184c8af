import { useQueries, useQuery } from "convex/react";
import { Fragment, useMemo, useRef, useState } from "react";
import { api, type Meeting } from "../api/functions";
import { Icon } from "../ui/Icon";
import { length } from "../ui/time";
import { ChunkRow } from "./ChunkRow";
import { chunksOn, type Gap, gapBetween, goesOn, PAGE_CHUNKS, type Range, rangeAround, widened } from "./pages";
import { recordedAt } from "./recorded";
import { useCaptionSettings } from "./settings";
import type { Chunk } from "./types";
import { useScrolling } from "./useScrolling";

type Props = {
  meeting: Meeting;
  me: string;
  lastPage: number;
  /** The chunk to begin at; null begins at the end of what is live, and at the start of what is over. */
  target: number | null;
  live: boolean;
  timeOf: (at: number) => string;
  /** Return to the newest words. */
  onFollow: () => void;
};

/** The chunks of a transcript, in pages that are loaded as they come into view. */
export function ChunkList({ meeting, me, lastPage, target, live, timeOf, onFollow }: Props) {
  const { aloud } = useCaptionSettings();
  const scroller = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState<Range>(() => firstRange(target, live, lastPage));
  const [detached, setDetached] = useState(false);
  const follows = live && target === null && !detached;
  const shown = follows ? { ...range, last: lastPage } : range;
  const chunks = useChunks(meeting._id, shown);
  const recordings = useQuery(api.recordings, live ? "skip" : { meetingId: meeting._id });
  const earlier = () => {
    const next = widened(shown, -1, lastPage);
    setRange(next);
    // The newest words do not fit any more.
    if (next.last < shown.last) setDetached(true);
  };
  const later = () => setRange(widened(shown, 1, lastPage));
  const { isAtEnd, onScroll, toEnd } = useScrolling(scroller, chunks, {
    target,
    sticks: follows,
    earlier: shown.first > 0 ? earlier : null,
    later: shown.last < lastPage ? later : null,
  });
  const follow = () => {
    onFollow();
    setDetached(false);
    setRange(firstRange(null, live, lastPage));
    toEnd();
  };
  const host = meeting.userRole === "host";
  return (
    <div className="transcript-list">
      <div
        className="transcript-scroll"
        ref={scroller}
        onScroll={onScroll}
        role="log"
        aria-label="Words"
        aria-live={live && aloud ? "polite" : "off"}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content has to be reachable by keyboard
        tabIndex={0}
      >
        {chunks === null && <p className="muted transcript-none">Loading …</p>}
        <ol className="transcript-chunks">
          {chunks?.map((chunk, place) => {
            const before = chunks[place - 1];
            const gap = gapBetween(before, chunk);
            return (
              <Fragment key={chunk.sequence}>
                {gap && <li className="chunk-gap muted">{gapInWords(gap)}</li>}
                <ChunkRow
                  chunk={chunk}
                  mine={chunk.speakerId === me}
                  mayCorrect={host || chunk.speakerId === me}
                  goesOn={goesOn(before, chunk)}
                  found={chunk.sequence === target}
                  time={timeOf(chunk.startMs)}
                  recorded={recordings ? recordedAt(recordings, chunk.startMs) : null}
                />
              </Fragment>
            );
          })}
        </ol>
      </div>
      {live && (!follows || !isAtEnd) && (
        <button type="button" className="small transcript-newest" onClick={follow}>
          <Icon sign="down" />
          Newest
        </button>
      )}
    </div>
  );
}

function firstRange(target: number | null, live: boolean, lastPage: number): Range {
  if (target !== null) return rangeAround(target);
  return live ? { first: Math.max(0, lastPage - 1), last: lastPage } : { first: 0, last: 0 };
}

/** Return the chunks of these pages, the first ones first; null before the first answer. */
function useChunks(meetingId: string, { first, last }: Range): Chunk[] | null {
  const pages = useMemo(() => Array.from({ length: last - first + 1 }, (_, place) => first + place), [first, last]);
  const asked = useMemo(
    () =>
      Object.fromEntries(
        pages.map((page) => [
          String(page),
          { query: api.chunksAfter, args: { meetingId, sequence: page * PAGE_CHUNKS, limit: PAGE_CHUNKS } },
        ]),
      ),
    [meetingId, pages],
  );
  const answers = useQueries(asked);
  return useMemo(() => {
    const loaded = pages.map((page) => ({ page, answer: answers[String(page)] as Chunk[] | Error | undefined }));
    const failed = loaded.find(({ answer }) => answer instanceof Error)?.answer;
    if (failed) throw failed;
    if (loaded.every(({ answer }) => answer === undefined)) return null;
    return loaded.flatMap(({ page, answer }) => (Array.isArray(answer) ? chunksOn(page, answer) : []));
  }, [pages, answers]);
}

function gapInWords(gap: Gap): string {
  return gap.kind === "deleted" ? "Words were deleted here." : `No words for ${length(gap.silentMs)}.`;
}
