import { useConvex, useMutation } from "convex/react";
import { useEffect, useState } from "react";
import { api, messageOf } from "../api/functions";
import { Icon } from "../ui/Icon";
import { clock, dayAndClock, length } from "../ui/time";
import type { QueueStatus } from "./types";

/** The numbers of a queue change with every other entry, so they are asked for now and then, not followed. */
const REFRESH_MS = 15_000;

/** How it stands while the user waits. A proposal takes its place at once. */
export function WaitingCard({ entry }: { entry: QueueStatus }) {
  const cancel = useMutation(api.cancelEntry);
  const [fault, setFault] = useState<string | null>(null);
  const numbers = useNumbers(entry._id);
  return (
    <section className="card stack" aria-labelledby="meet-waiting">
      <h2 id="meet-waiting">
        <Icon sign="clock" /> Looking for someone
      </h2>
      <p role="status">{numbers === null ? "You can leave this page; the proposal waits here." : inWords(numbers)}</p>
      <p className="muted">
        You have time from {dayAndClock(entry.availableFrom)} to {clock(entry.availableTo)}, to talk about{" "}
        <bdi>{entry.constraints.interests.join(", ")}</bdi>.
      </p>
      {fault && <p role="alert">{fault}</p>}
      <div className="row">
        <button
          type="button"
          onClick={() => void cancel({ queueId: entry._id }).catch((reason) => setFault(messageOf(reason)))}
        >
          Stop looking
        </button>
      </div>
    </section>
  );
}

function useNumbers(entryId: string): QueueStatus | null {
  const client = useConvex();
  const [numbers, setNumbers] = useState<QueueStatus | null>(null);
  useEffect(() => {
    let shown = true;
    const ask = () =>
      void client.query(api.queueStatus, {}).then(
        (found) => shown && setNumbers(found?._id === entryId ? found : null),
        // The page goes on without numbers, and asks again.
        () => undefined,
      );
    ask();
    const timer = setInterval(() => document.visibilityState === "visible" && ask(), REFRESH_MS);
    return () => {
      shown = false;
      clearInterval(timer);
    };
  }, [client, entryId]);
  return numbers;
}

function inWords({ potentialMatches = 0, estimatedWaitTime }: QueueStatus): string {
  const people =
    potentialMatches === 0
      ? "Nobody who fits is here yet. You can leave this page; the proposal waits here."
      : potentialMatches === 1
        ? "One person who fits is here."
        : `${potentialMatches} people who fit are here.`;
  return estimatedWaitTime === undefined ? people : `${people} Lately it took about ${length(estimatedWaitTime)}.`;
}
