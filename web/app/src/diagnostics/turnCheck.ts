/**
 * Whether TURN servers accept this browser. The server gives credentials only to members of a call, so they are
 * available while the user is in a call in another window. Without them, the check only shows whether a TURN server
 * answers.
 */

import type { Meeting, Session, User } from "../api/functions";
import { signInOptions } from "../auth/localAccount";
import { rememberedBy } from "../auth/providers";
import { BOGUS, type CheckResult, type Gathered, gather, shortName, tellsErrors } from "./checks";

const UNAUTHORIZED = 401;
const QUOTA_REACHED = 486;

/** Return the TURN servers of a call the user is in, with credentials; null if there is none. */
export async function relaysOfMyCall(): Promise<RTCIceServer[] | null> {
  const credentials = await rememberedBy(await signInOptions());
  const token = (await credentials?.fresh(false))?.token;
  if (!token) return null;
  const ask = <T>(path: string, args: Record<string, unknown> = {}) => run<T>(token, path, args);
  const me = await ask<User | null>("users/queries/getCurrentUser");
  const meetings = await ask<Meeting[]>("meetings/queries/listUserMeetings");
  for (const { _id: meetingId, state, userPresence } of meetings) {
    if (state !== "active" || userPresence !== "joined") continue;
    const sessions = await ask<Session[]>("meetings/webrtc/index/getActiveSessions", { meetingId });
    const sessionId = sessions.findLast((one) => one.userId === me?._id)?.sessionId;
    if (!sessionId) continue;
    const setup = await ask<{ iceServers: RTCIceServer[] }>("meetings/webrtc/turn/getICEServers", {
      meetingId,
      sessionId,
    });
    return setup.iceServers.filter((server) => server.credential);
  }
  return null;
}

async function run<T>(token: string, path: string, args: Record<string, unknown>): Promise<T> {
  const response = await fetch(`/api/run/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ args }),
  });
  const answer = (await response.json()) as { status: string; value: T };
  if (answer.status !== "success") throw new Error(`${path} is refused`);
  return answer.value;
}

/** Check a TURN server with the credentials of a call, or else with credentials that it has to refuse. */
export async function reachTurn(url: string, relays: RTCIceServer[] | null): Promise<CheckResult> {
  const name = `TURN ${shortName(url)}`;
  const known = relays?.find((relay) => relay.urls.includes(url));
  const { username = BOGUS.username, credential = BOGUS.credential } = known ?? {};
  const lets = (found: Gathered) => found.candidates.some((one) => one.type === "relay");
  const said = (code: number) => (found: Gathered) => found.errors.some((one) => one.errorCode === code);
  const [refuses, full] = [said(UNAUTHORIZED), said(QUOTA_REACHED)];
  const found = await gather(
    [{ urls: url, username, credential }],
    (so_far) => lets(so_far) || refuses(so_far) || full(so_far),
    "relay",
  );
  const ms = Math.round(found.ms);
  if (lets(found)) return { name, ok: true, detail: `lets you in after ${ms} ms` };
  if (refuses(found)) {
    if (!known) return { name, ok: true, detail: `answers in ${ms} ms` };
    return { name, ok: false, detail: `answers in ${ms} ms, and refuses this server's credentials`, advice: REFUSED };
  }
  if (full(found)) return { name, ok: false, detail: "has no room left", advice: FULL };
  if (!known && !tellsErrors()) return { name, ok: null, detail: UNTOLD };
  return { name, ok: false, detail: tellsErrors() ? "no answer" : "does not let you in", advice: silence(url) };
}

const REFUSED =
  "Calls that need a relay fail. The server and its TURN server have different secrets, or clocks that differ: " +
  "their administrator has to make them match.";
const UNTOLD = "this browser says if it lets you in only while you are in a call";
const FULL = "You have too many connections open, or all its relay ports are taken: close other calls and check again.";

function silence(url: string): string {
  if (url.startsWith("turns:"))
    return "TLS to this port is blocked, or its certificate is not trusted here. It matters where UDP and TCP are blocked too.";
  if (/transport=tcp/.test(url)) return "TCP to this port is blocked here; TURN over TLS may still work.";
  return "UDP is blocked here; calls go over TCP or TLS, a little slower.";
}
