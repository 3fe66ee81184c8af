import { useQuery } from "convex/react";
import { useMemo } from "react";
import { api } from "../api/functions";

/** The ids of the people whom this person has blocked. */
export function useBlocked(): ReadonlySet<string> {
  const blocked = useQuery(api.blocked, {});
  return useMemo(() => new Set(blocked?.map(({ userId }) => userId)), [blocked]);
}
