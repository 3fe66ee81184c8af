/**
 * The link by which a user joined, so that they can pass it on: only hosts can create one. Kept as long as the window.
 */

const KEY = "connvo.invitation.";

export function rememberInvitation(meetingId: string, code: string): void {
  try {
    sessionStorage.setItem(KEY + meetingId, code);
  } catch {
    // without storage there is no link to pass on
  }
}

/** Return the address by which this user joined, or null. */
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

/** The code is in the fragment: browsers never send that, so no server or proxy logs it. */
export function invitationPath(code: string): string {
  return `/j/#${code}`;
}
