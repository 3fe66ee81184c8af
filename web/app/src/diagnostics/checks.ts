/** Connectivity checks: each tells whether a server is reachable, how fast, and what to do if not. */

/** `ok` is null where there is nothing to reach. */
export type CheckResult = { name: string; ok: boolean | null; detail: string; advice?: string };

const TIMEOUT_MS = 5_000;
const ASKED_TIMES = 5;
/** A TURN server that refuses these was reached. */
export const BOGUS = { username: "reachability", credential: "check" };

export async function reachServer(): Promise<CheckResult> {
  const name = "Server";
  try {
    const times: number[] = [];
    for (let nth = 0; nth < ASKED_TIMES; nth += 1) {
      const before = performance.now();
      const response = await fetch("/livez", { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (!response.ok) throw new Error(String(response.status));
      times.push(performance.now() - before);
    }
    return { name, ok: true, detail: `answers in ${Math.round(Math.min(...times))} ms` };
  } catch {
    return { name, ok: false, detail: "does not answer", advice: "Is it running? Is this browser offline?" };
  }
}

export function reachSocket(): Promise<CheckResult> {
  const name = "Live updates";
  const advice = "A proxy or firewall on the way does not let WebSockets through: ask its administrator to allow them.";
  return new Promise((tell) => {
    const before = performance.now();
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/sync`);
    const done = (finding: CheckResult) => {
      clearTimeout(timer);
      socket.onopen = socket.onerror = null;
      socket.close();
      tell(finding);
    };
    const timer = setTimeout(() => done({ name, ok: false, detail: "no answer", advice }), TIMEOUT_MS);
    socket.onopen = () =>
      done({ name, ok: true, detail: `socket opens in ${Math.round(performance.now() - before)} ms` });
    socket.onerror = () => done({ name, ok: false, detail: "the socket does not open", advice });
  });
}

/**
 * Return the STUN and TURN addresses of the server, available without a sign-in; credentials are for members of a call.
 */
export async function iceUrls(): Promise<string[]> {
  const response = await fetch("/api/ice", { signal: AbortSignal.timeout(TIMEOUT_MS) });
  return response.ok ? ((await response.json()) as { urls: string[] }).urls : [];
}

export type Gathered = {
  candidates: RTCIceCandidate[];
  errors: RTCPeerConnectionIceErrorEvent[];
  ms: number;
  complete: boolean;
};

/** Return whether this browser tells why a server is of no use; otherwise silence and success look the same. */
export function tellsErrors(): boolean {
  return "onicecandidateerror" in RTCPeerConnection.prototype;
}

/** Gather candidates with these servers. */
export async function gather(
  iceServers: RTCIceServer[],
  enough: (so_far: Gathered) => boolean,
  iceTransportPolicy: RTCIceTransportPolicy = "all",
): Promise<Gathered> {
  const found: Gathered = { candidates: [], errors: [], ms: 0, complete: false };
  const before = performance.now();
  const pc = new RTCPeerConnection({ iceServers, iceTransportPolicy });
  pc.createDataChannel("reach");
  await new Promise<void>((done) => {
    const timer = setTimeout(done, TIMEOUT_MS);
    const look = () => {
      found.ms = performance.now() - before;
      if (!enough(found)) return;
      clearTimeout(timer);
      done();
    };
    pc.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate) found.candidates.push(candidate);
      look();
    };
    pc.onicecandidateerror = (event) => {
      found.errors.push(event);
      look();
    };
    pc.onicegatheringstatechange = () => {
      if (pc.iceGatheringState !== "complete") return;
      found.complete = true;
      done();
    };
    void pc.setLocalDescription();
  });
  pc.close();
  return found;
}

export async function reachStun(url: string): Promise<CheckResult> {
  const name = `STUN ${shortName(url)}`;
  const seen = (found: Gathered) => found.candidates.some((one) => one.type === "srflx");
  const found = await gather([{ urls: url }], seen);
  const ms = Math.round(found.ms);
  if (seen(found)) return { name, ok: true, detail: `answers in ${ms} ms` };
  if (found.complete && !tellsErrors()) return { name, ok: null, detail: "this browser does not say if it answers" };
  // A server that sees an already known address reports nothing new, which is not a fault.
  if (found.complete && found.errors.length === 0) return { name, ok: true, detail: "answers: same network" };
  return {
    name,
    ok: false,
    detail: "no answer",
    advice: "UDP is blocked on the way: calls to other networks need TURN.",
  };
}

export function shortName(url: string): string {
  const [scheme = "", rest = ""] = url.split(/:(.*)/s);
  const [host = "", query = ""] = rest.split("?");
  const way = scheme.endsWith("s") ? "TLS" : query.includes("tcp") ? "TCP" : "UDP";
  return `${host} by ${way}`;
}
