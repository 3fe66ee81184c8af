/** Error messages for users: plain words and what to do, without internals of the page or the server. */

/** The error of a server function that refuses. */
type Refusal = { code: string; message: string; metadata: Record<string, unknown> };

const RELOAD = "Something went wrong in this page. Reload it and try again.";
const UNREACHABLE = "The server cannot be reached. Check your network and try again.";
const LOST = "The connection to the server was lost before it answered. Try again.";
const SERVER_FAULT = "Something went wrong on the server. Try again in a moment.";
const NOT_NOW = "The server cannot do this right now. Try again in a moment.";
const NOT_ACCEPTED = "The server did not accept this. Check what you entered and try again.";

/** How browsers describe a request that never arrived. */
const NETWORK_WORDS = /failed to fetch|load failed|networkerror|network request failed|internet connection/i;
/** How the Convex client describes an action whose socket was lost, and how the server describes its own faults. */
const LOST_WORDS = /connection lost while action was in flight/i;
const FAULT_WORDS = /\[Request ID: ([\w-]+)\]|server error/i;
/** Function paths, field names, ids and milliseconds: nothing that helps users. */
const INTERNALS = /\[|\]|[{}<>]|\w\/\w|\w:\w|\b[a-z]+[A-Z]\w*|_|\bms\b|millisecond|\bID\b|\b1970\b|undefined|\bnull\b/;
const SENTENCE = /^\p{Lu}.*[.!?]$/su;

/** Return the stable code of a refusal, or null for any other error. */
export function codeOf(error: unknown): string | null {
  return refusalIn(error)?.code ?? null;
}

/** Return a detail of a refusal, if it has one. */
export function detailOf(error: unknown, name: string): unknown {
  return refusalIn(error)?.metadata[name];
}

/** Return whether the server has ended this sign-in, here or elsewhere. */
export function isSignedOut(error: unknown): boolean {
  return codeOf(error) === "UNAUTHORIZED" && detailOf(error, "reason") === "session_ended";
}

/** Return the argument that a refusal concerns, if any. */
export function fieldOf(error: unknown): string | null {
  const field = detailOf(error, "field");
  return typeof field === "string" ? field : null;
}

/** Return the message to show for an error. */
export function messageOf(error: unknown): string {
  const refusal = refusalIn(error);
  if (refusal) return wordsFor(refusal);
  const text = error instanceof Error ? error.message : textOf(error);
  if (isConnectionLost(error)) return LOST;
  if (NETWORK_WORDS.test(text)) return UNREACHABLE;
  const fault = FAULT_WORDS.exec(text);
  if (fault) return withNumber(fault[1]);
  if (nameOf(error) === "TimeoutError") return "The server took too long to answer. Try again.";
  return isOwnSentence(error, text) ? text : RELOAD;
}

/** Return whether the socket was lost during an action; the Convex client does not repeat it. */
export function isConnectionLost(error: unknown): boolean {
  return refusalIn(error) === null && error instanceof Error && LOST_WORDS.test(error.message);
}

/** Return the reason of a refusal whose code has several reasons. */
export function reasonOf(error: unknown): string | null {
  const reason = detailOf(error, "reason");
  return typeof reason === "string" ? reason : null;
}

/** Return after how many milliseconds the same call may succeed, or null if the refusal is final. */
export function retryAfterMs(error: unknown): number | null {
  switch (codeOf(error)) {
    case "RATE_LIMIT_EXCEEDED":
      return 1_000 * Number(detailOf(error, "retryAfterSeconds") ?? 1);
    case "SERVICE_UNAVAILABLE":
      return 0;
    default:
      return null;
  }
}

function refusalIn(error: unknown): Refusal | null {
  const data = (error as { data?: Partial<Refusal> } | null | undefined)?.data;
  if (typeof data?.code !== "string") return null;
  const { code, message, metadata } = data;
  return { code, message: textOf(message), metadata: typeof metadata === "object" && metadata ? metadata : {} };
}

/** Return a text unchanged, and "" for any other value: converting an object to text may throw. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function wordsFor({ code, message, metadata }: Refusal): string {
  switch (code) {
    case "UNAUTHORIZED":
      return "You are no longer signed in. Sign in again.";
    case "INSUFFICIENT_PERMISSIONS":
      return metadata.requiredRole === "host"
        ? "Only a host of the meeting can do this."
        : "Observers of a meeting cannot do this. Ask a host to make you a participant.";
    case "NOT_FOUND":
      return "This no longer exists, or you do not have access to it.";
    case "RATE_LIMIT_EXCEEDED":
      return `Too many attempts. Try again ${inSeconds(Number(metadata.retryAfterSeconds ?? 1))}.`;
    case "LIMIT_EXCEEDED":
      return "This is too large for the server. Try again with less.";
    case "SERVICE_UNAVAILABLE":
      return NOT_NOW;
    case "INTERNAL_ERROR":
      return withNumber(FAULT_WORDS.exec(message)?.[1]);
  }
  if (typeof metadata.state === "string" && metadata.state in MEETING_WORDS) {
    return MEETING_WORDS[metadata.state as keyof typeof MEETING_WORDS];
  }
  const said = ended(message);
  if (SENTENCE.test(said) && !INTERNALS.test(said)) return said;
  return code === "FORBIDDEN" ? "You do not have access to this." : NOT_ACCEPTED;
}

const MEETING_WORDS = {
  scheduled: "The meeting has not begun yet. Wait until a host starts it.",
  concluded: "The meeting is over.",
  cancelled: "The meeting was cancelled.",
};

function withNumber(requestId: string | undefined): string {
  return requestId
    ? `${SERVER_FAULT} If this keeps happening, give your administrator this number: ${requestId}`
    : SERVER_FAULT;
}

function inSeconds(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  return whole === 1 ? "in a second" : `in ${whole} seconds`;
}

function ended(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

/**
 * Whether the text is one of this page's own errors, written for users. Those of browsers and libraries have other
 * types or no sentences.
 */
function isOwnSentence(error: unknown, text: string): boolean {
  const own = typeof error === "string" || nameOf(error) === "Error";
  return own && SENTENCE.test(text) && !INTERNALS.test(text);
}

function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}
