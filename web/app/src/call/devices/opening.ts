/**
 * Opens devices: several in one prompt first, then each alone, so that a failure affects only its own device.
 *
 * A request can be dropped at any time. The owner that dropped it stops a track that arrives later.
 */

import type { Kind, Ports } from "./ports";
import { nameOf, type Problem, problemOf } from "./problems";

/** The result of a request; "dropped" if it was no longer wanted before the browser was asked. */
export type Outcome = { track: MediaStreamTrack } | { problem: Problem } | "dropped";

export type Request = {
  readonly kind: Kind;
  /** "" for the default device. */
  readonly deviceId: string;
  isWanted(): boolean;
  settle(outcome: Outcome): void;
};

const USUAL: Record<Kind, MediaTrackConstraints> = {
  audio: { echoCancellation: true },
  video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24 } },
};

/** Settle every request; never reject. */
export async function open(ports: Ports, requests: Request[]): Promise<void> {
  if (!ports.source?.getUserMedia) {
    const problem = ports.secure ? "unsupported" : "insecure";
    for (const request of requests) request.settle({ problem });
    return;
  }
  const left = requests.length > 1 ? await openTogether(ports, requests) : requests;
  await Promise.all(left.map((request) => openOne(ports, request)));
}

/** Request all in one prompt; return those to be requested one by one. */
async function openTogether(ports: Ports, requests: Request[]): Promise<Request[]> {
  const wishes = requests.map((request) => [request.kind, constraintsFor(request)[0]]);
  try {
    const stream = await ports.source?.getUserMedia(Object.fromEntries(wishes));
    for (const request of requests) deliver(stream, request);
    return [];
  } catch (error) {
    return problemOf(error) === "refused" ? withoutRefused(ports, requests) : requests;
  }
}

/**
 * Settle what the browser has refused, and return the rest. A dismissed prompt is not followed by others: browsers
 * block a page that asks too often.
 */
async function withoutRefused(ports: Ports, requests: Request[]): Promise<Request[]> {
  const states = await Promise.all(requests.map(({ kind }) => ports.permission(kind).catch(() => null)));
  const closed = states.every((state) => state === "prompt");
  return requests.filter((request, index) => {
    if (!closed && states[index] !== "denied") return true;
    request.settle({ problem: "refused" });
    return false;
  });
}

async function openOne(ports: Ports, request: Request): Promise<void> {
  let problem: Problem = "failed";
  for (const constraints of constraintsFor(request)) {
    if (!request.isWanted()) return request.settle("dropped");
    try {
      return deliver(await ports.source?.getUserMedia({ [request.kind]: constraints }), request);
    } catch (error) {
      problem = problemOf(error);
      if (!mayBeTheConstraints(error, constraints)) break;
    }
  }
  request.settle({ problem });
}

/** Whether looser constraints may help: a remembered device may be gone, and not every camera supports every size. */
function mayBeTheConstraints(error: unknown, constraints: MediaTrackConstraints | true): boolean {
  if (nameOf(error) === "NotFoundError") return constraints !== true && constraints.deviceId !== undefined;
  return ["OverconstrainedError", "TypeError"].includes(nameOf(error));
}

/** Return the constraints to try, from the most exact to any device of the kind. */
function constraintsFor({ kind, deviceId }: Request): (MediaTrackConstraints | true)[] {
  const usual = USUAL[kind];
  return [...(deviceId ? [{ ...usual, deviceId: { exact: deviceId } }] : []), usual, true];
}

function deliver(stream: MediaStream | undefined, request: Request): void {
  const track = stream?.getTracks().find(({ kind }) => kind === request.kind);
  request.settle(track ? { track } : { problem: "missing" });
}
