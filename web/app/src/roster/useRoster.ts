/** The roster of a meeting, live. */

import { useConvex, useQuery } from "convex/react";
import { useMemo, useSyncExternalStore } from "react";
import { Feed } from "../api/feed";
import { api, type Member, type Session } from "../api/functions";
import { applyChanges, listMembers, listSessions, type Roster } from "./roster";

export type MeetingRoster = { members: Member[]; sessions: Session[] };

const never = () => () => undefined;
const unknown = () => undefined;
const NONE: never[] = [];

/** Return the members and open sessions of a meeting, or undefined until they are known; of no meeting if null. */
export function useRoster(meetingId: string | null): MeetingRoster | undefined {
  const convex = useConvex();
  const feed = useMemo(
    () =>
      meetingId === null
        ? null
        : new Feed((since) => convex.watchQuery(api.rosterChanges, { meetingId, ...since }), applyChanges),
    [convex, meetingId],
  );
  const roster = useSyncExternalStore<Roster | undefined>(feed?.subscribe ?? never, feed?.read ?? unknown);
  const cards = useQuery(api.privateCards, meetingId === null ? "skip" : { meetingId });
  const known = cards ?? NONE;
  const [people, devices] = [roster?.members, roster?.sessions];
  const members = useMemo(() => people && listMembers({ members: people }, known), [people, known]);
  const sessions = useMemo(() => devices && listSessions({ sessions: devices }), [devices]);
  return useMemo(() => (members && sessions && cards ? { members, sessions } : undefined), [members, sessions, cards]);
}
