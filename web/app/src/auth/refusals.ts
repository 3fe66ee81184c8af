/** A provider's refusal of a sign-in, by the codes of OAuth (RFC 6749) and OpenID Connect. */

import { SignInFailed } from "./credentials";

const MAX_CHARS = 200;
/** Controls, line separators, unpaired surrogates, and marks that turn the direction of text or hide parts of it. */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu;
const UNSEEN = /(?![\u200c\u200d])[\p{Cf}\p{Cs}]/gu;

const OTHER = "The sign-in provider refused. Try again, or sign in with another account.";
const NOT_SET_UP = "The sign-in provider does not accept sign-ins from this server. Tell your administrator.";
const ASKS = "The sign-in provider has to ask you something first. Try again, and answer it there.";
const WORDS = new Map([
  ["access_denied", "The sign-in was not allowed, or you cancelled it. Try again, or sign in with another account."],
  ["login_required", "The sign-in provider wants you to sign in there again. Try again."],
  ["interaction_required", ASKS],
  [
    "account_selection_required",
    "The sign-in provider needs to know which account you mean. Try again, and choose one.",
  ],
  ["consent_required", "The sign-in provider needs your consent. Try again, and agree there."],
  ["invalid_scope", "The sign-in provider does not tell this server what it needs to know. Tell your administrator."],
  ["unauthorized_client", NOT_SET_UP],
  ["invalid_client", NOT_SET_UP],
  ["invalid_request", NOT_SET_UP],
  ["unsupported_response_type", NOT_SET_UP],
  ["invalid_grant", "This sign-in took too long, or was used already. Try again."],
  ["server_error", "Something went wrong at the sign-in provider. Try again in a moment."],
  ["temporarily_unavailable", "The sign-in provider is not responding right now. Try again in a moment."],
]);

/** A sign-in that the provider refused: this page's words as the message, and the provider's own. */
export class SignInRefused extends SignInFailed {
  /** The provider's words, cleaned; null if it gave none. */
  readonly told: string | null;

  constructor(code: unknown, description: unknown) {
    super(refusalWords(code));
    this.told = cleaned(description) ?? (WORDS.has(String(code)) ? null : cleaned(code));
  }
}

/** Return this page's words for a refusal. */
export function refusalWords(code: unknown): string {
  return WORDS.get(String(code)) ?? OTHER;
}

/** Return foreign text on one line, bounded, without characters that affect the text around it. */
function cleaned(text: unknown): string | null {
  if (typeof text !== "string") return null;
  const chars = [...text.replace(UNSEEN, "").replace(BREAKS, " ").trim()];
  if (chars.length === 0) return null;
  return chars.length > MAX_CHARS ? `${chars.slice(0, MAX_CHARS - 1).join("")}…` : chars.join("");
}
