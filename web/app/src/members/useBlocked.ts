import { useQuery } from "convex/react";
import { useMemo } from "react";
import { api } from "../api/functions";

/** Return the ids of the users whom this user has blocked. */
export function useBlocked(): ReadonlySet<string> {
  const blocked = useQuery(api.blocked, {});
  return useMemo(() => new Set(blocked?.map(({ userId }) => userId)), [blocked]);
}
