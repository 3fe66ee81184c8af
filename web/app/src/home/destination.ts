/** The target of a pasted link or a typed code. */

import { invitationPath } from "../members/invitation";

export type Destination = { path: string } | { problem: string };

const CODE = /^[0-9a-hjkmnp-tv-z]{26}$/i;
const MEETING = /^\/m\/[^/#?]+\/?$/;
/** An invitation, with the code in the fragment, or in the path as in older links. */
const INVITATION = /^\/j\/(?:#([^/#?]+)|([^/#?]+)\/?(?:[?#].*)?)$/;

const NOTHING = "Paste a meeting link or code.";
const UNKNOWN = "This is not a meeting link or code. Check that you copied all of it.";
const ELSEWHERE = "This link belongs to another server. Open it in the address bar of your browser.";

/** Return the path within this page, or what is wrong with the text. `host` is that of this page. */
export function destinationOf(text: string, host: string): Destination {
  const given = text.trim();
  if (!given) return { problem: NOTHING };
  if (CODE.test(given)) return { path: invitationPath(given.toLowerCase()) };
  const within = pathOf(given);
  if (within) return { path: within };
  const address = addressOf(given);
  const path = address && pathOf(address.pathname + address.hash);
  if (!path) return { problem: UNKNOWN };
  return address.host === host ? { path } : { problem: ELSEWHERE };
}

/** Return the path of a meeting or an invitation, without what follows it. */
function pathOf(text: string): string | null {
  const invitation = INVITATION.exec(text);
  const code = invitation?.[1] ?? invitation?.[2];
  if (code) return invitationPath(code);
  const path = text.split("#")[0] ?? "";
  return MEETING.test(path) ? path : null;
}

/** Users leave "https://" out. */
function addressOf(text: string): URL | null {
  const whole = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  try {
    return new URL(whole);
  } catch {
    return null;
  }
}
