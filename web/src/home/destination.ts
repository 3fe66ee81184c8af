/** Where a pasted link or a typed code leads. */

export type Destination = { path: string } | { problem: string };

const CODE = /^[0-9a-hjkmnp-tv-z]{26}$/i;
const PATH = /^\/(m|j)\/[^/]+\/?$/;

const NOTHING = "Paste the link of a meeting, or its code.";
const UNKNOWN = "This is no link or code of a meeting. Check that all of it was copied.";
const ELSEWHERE = "This link belongs to another server. Open it in the address bar of your browser.";

/** Returns the path within this page, or what is wrong with the text. `host` is the one of this page. */
export function destinationOf(text: string, host: string): Destination {
  const given = text.trim();
  if (!given) return { problem: NOTHING };
  if (CODE.test(given)) return { path: `/j/${given.toLowerCase()}` };
  if (PATH.test(given)) return { path: given };
  const address = addressOf(given);
  if (!address || !PATH.test(address.pathname)) return { problem: UNKNOWN };
  return address.host === host ? { path: address.pathname } : { problem: ELSEWHERE };
}

/** People leave "https://" out. */
function addressOf(text: string): URL | null {
  const whole = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  try {
    return new URL(whole);
  } catch {
    return null;
  }
}
