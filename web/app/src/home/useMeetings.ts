import { usePaginatedQuery, useQuery } from "convex/react";
import { useEffect, useState } from "react";
import { api, type ListedMeeting } from "../api/functions";

const PAGE_SIZE = 10;

export type MyMeetings = { coming: ListedMeeting[]; past: ListedMeeting[]; more: (() => void) | null };

/** Return the user's meetings, live: running and upcoming ones, and past ones page by page; undefined until loaded. */
export function useMeetings(): MyMeetings | undefined {
  const coming = useQuery(api.upcomingMeetings, {});
  const past = usePaginatedQuery(api.pastMeetings, {}, { initialNumItems: PAGE_SIZE });
  if (coming === undefined || past.status === "LoadingFirstPage") return undefined;
  const more = past.status === "CanLoadMore" ? () => past.loadMore(PAGE_SIZE) : null;
  return { coming, past: past.results, more };
}

const MINUTE_MS = 60_000;

/** Return the time, to the minute. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), MINUTE_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
