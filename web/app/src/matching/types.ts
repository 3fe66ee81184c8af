/** The answers of the server's functions about matching. */

import type { UserCard } from "../api/functions";

export type OrgWish = "any" | "same_org" | "different_org";
export type Wishes = { interests: string[]; roles: string[]; orgConstraints?: OrgWish; utcOffset?: number };
export type Outcome = "accepted" | "declined" | "completed";
export type MatchState = "proposed" | "confirmed" | "ended";

/** Whether this server offers matching, and what the user has to do with organisations and numbers. */
export type Availability = { enabled: boolean; hasOrganisation: boolean; seesNumbers: boolean };

/** The user's place in the queue; the last three are present while it waits, and known. */
export type QueueStatus = {
  _id: string;
  availableFrom: number;
  availableTo: number;
  constraints: Wishes;
  status: "waiting" | "matched" | "expired" | "cancelled";
  createdAt: number;
  potentialMatches?: number;
  queuePosition?: number;
  estimatedWaitTime?: number;
};

export type CurrentMatch = {
  matchId: string;
  state: MatchState;
  partner: UserCard;
  score: number;
  explanation: string[];
  startsAt: number;
  respondBy: number;
  myAnswer?: "accepted" | "declined";
  meetingId?: string;
};

/** A match that the user has answered. The partner has no name where their profile is closed to the user. */
export type PastMatch = {
  matchId: string;
  outcome: Outcome;
  rating?: number;
  partner: UserCard;
  topics: string[];
  meetingId?: string;
  createdAt: number;
};

/** Numbers about many people, without names. */
export type GlobalNumbers = {
  totalMatches: number;
  averageScore: number;
  outcomeDistribution: { accepted: number; declined: number; completed: number };
  matchingTrends: { date: string; matchCount: number; averageScore: number }[];
};
