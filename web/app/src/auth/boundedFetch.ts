/**
 * Requests to the identity provider, bounded in time and size: provider clients wait and read without limits.
 *
 * A refusal that is not JSON comes from something in between, such as a proxy or captive portal. The clients see it as
 * "unavailable", so that it does not end the session.
 */

const ANSWER_WITHIN_MS = 10_000;
const MAX_BYTES = 512 * 1024;
const UNAVAILABLE = 503;

let bounded: ReadonlySet<string> = new Set();

/** Bound this page's requests to these origins. */
export function boundRequestsTo(origins: Iterable<string>): void {
  if (bounded.size === 0) globalThis.fetch = boundedBy(globalThis.fetch);
  bounded = new Set([...bounded, ...origins]);
}

function boundedBy(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    if (!bounded.has(originOf(input))) return fetch(input, init);
    return bound(fetch, input, init);
  };
}

/** Make one bounded request. Throws TypeError or DOMException, like fetch. */
export async function bound(
  fetch: typeof globalThis.fetch,
  input: RequestInfo | URL,
  init: RequestInit = {},
  withinMs = ANSWER_WITHIN_MS,
): Promise<Response> {
  const limit = AbortSignal.timeout(withinMs);
  const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
  // An opaque response cannot be read, and may involve redirects.
  if (init.mode === "no-cors") return fetch(input, { ...init, signal });
  const response = await fetch(input, { ...init, signal, redirect: "error" });
  const refusedInBetween = response.status >= 400 && !response.headers.get("content-type")?.includes("json");
  const body = response.body?.pipeThrough(atMost(MAX_BYTES)) ?? null;
  const status = refusedInBetween ? UNAVAILABLE : response.status;
  return new Response(status === 204 ? null : body, { status, headers: response.headers });
}

function atMost(bytes: number): TransformStream<Uint8Array, Uint8Array> {
  let seen = 0;
  return new TransformStream({
    transform(chunk, controller) {
      seen += chunk.byteLength;
      if (seen > bytes) controller.error(new TypeError("The reply is too large."));
      else controller.enqueue(chunk);
    },
  });
}

function originOf(input: RequestInfo | URL): string {
  try {
    return new URL(input instanceof Request ? input.url : input, location.href).origin;
  } catch {
    return "";
  }
}
