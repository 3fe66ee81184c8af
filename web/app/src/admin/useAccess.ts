import { useQueries } from "convex/react";
import { admin, type OperatorAccess } from "./api";

const ASKED = { access: { query: admin.access, args: {} } };

/** Whether the caller is an operator, and their identity; undefined until the server has answered. */
export function useAccess(): OperatorAccess | Error | undefined {
  // not useQuery, which throws: a page without this answer works, it only does not link to the console
  return useQueries(ASKED).access as OperatorAccess | Error | undefined;
}
