/** Requests of a page that closes. */

import { type FunctionArgs, type FunctionReference, getFunctionName } from "convex/server";
import { socketToken } from "./socket";

/** Call a mutation by a request that outlives this page. Whether it succeeds is not known. */
export function sendLast<M extends FunctionReference<"mutation">>(mutation: M, args: FunctionArgs<M>): void {
  const token = socketToken();
  if (!token) return;
  const request = fetch("/api/mutation", {
    method: "POST",
    keepalive: true,
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ path: getFunctionName(mutation), format: "json", args }),
  });
  request.catch(() => undefined);
}
