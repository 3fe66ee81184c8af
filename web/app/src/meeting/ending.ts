/** How a meeting ended, in words. */

import type { EndReason, Member } from "../api/functions";

const END_WORDS: Record<EndReason, string> = {
  ended_by_host: "A host ended it for everyone.",
  empty: "It ended because everyone had left.",
  too_long: "It reached the maximum length that this server allows.",
  host_gone: "It ended because no host was present.",
  ended_at_provider: "The media service ended it.",
};

/** Say how a meeting ended. `byMe`: if a host ended it, it was the user. */
export function endInWords(reason: EndReason, byMe: boolean): string {
  return reason === "ended_by_host" && byMe ? "You ended it for everyone." : END_WORDS[reason];
}

/** Return whether there is no other host than this user. */
export function isOnlyHost(members: Pick<Member, "userId" | "role">[], me: string): boolean {
  const hosts = members.filter(({ role }) => role === "host");
  return hosts.length === 1 && hosts[0]?.userId === me;
}
