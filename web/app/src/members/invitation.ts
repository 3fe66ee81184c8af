/**
 * The link by which a person came in, so that they can pass it on. Only hosts can have a link made; whoever came by one
 * may share it. Kept for as long as the window, and not beyond it.
 */

const KEY = "connvo.invitation.";

export function rememberInvitation(meetingId: string, code: string): void {
  try {
    sessionStorage.setItem(KEY + meetingId, code);
  } catch {
    // a browser that keeps nothing offers no link to pass on
  }
}

/** Returns the address that let this person in, or null. */
export function rememberedInvitation(meetingId: string): string | null {
  try {
    const code = sessionStorage.getItem(KEY + meetingId);
    return code && invitationAddress(code);
  } catch {
    return null;
  }
}

export function invitationAddress(code: string): string {
  return location.origin + invitationPath(code);
}

/** The code stands in the fragment: browsers send that to nobody, so no log of a server or a proxy holds it. */
export function invitationPath(code: string): string {
  return `/j/#${code}`;
}
